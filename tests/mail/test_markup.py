"""The small markup of notices: what a template says is markup, what it writes is text."""

from html import escape

import pytest

from helpdeskd.mail.markup import LONGEST_KEPT, Page, literal, page

HOSTILE = "**b** <b> [a](https://x.example) {{ x }}\n- item\n> quote\n---\n| a | b |"


def of(body: str) -> Page:
    return page(f"Subject: Hello\n\n{body}\n", 10_000)


def test_the_first_line_is_the_subject():
    assert page(f"Subject: Hi {literal('a')} b\n\nText", 100).subject == "Hi a b"


def test_a_subject_with_line_breaks_is_one_line():
    assert page(f"Subject: {literal(chr(10).join('abc'))}\n\nText", 100).subject == "a b c"


@pytest.mark.parametrize(
    ("rendered", "why"), [("Hello\n\nText", "no subject"), ("Subject: x\nText", "not blank"), ("", "no subject")]
)
def test_a_template_without_a_subject_of_its_own_is_told_what_to_write(rendered: str, why: str):
    with pytest.raises(ValueError, match=why):
        page(rendered, 100)


def test_a_template_may_write_so_much_and_no_more():
    rendered = "Subject: x\n\n" + "y" * 88
    assert page(rendered, 100).text == "y" * 88 + "\n"
    with pytest.raises(ValueError, match="more than 99 characters"):
        page(rendered, 99)


def test_what_a_sender_wrote_counts_nothing_towards_that():
    assert page("Subject: x\n\n" + literal("y" * 5000), 100).text == "y" * 5000 + "\n"


def test_lines_of_a_paragraph_keep_their_breaks_and_paragraphs_are_a_blank_line_apart():
    assert of("a\nb\n\n\n\nc").text == "a\nb\n\nc\n"
    assert of("a\nb\n\nc").html == "<p>a<br>\nb</p>\n<p>c</p>"


def test_bold_is_bold_in_html_and_words_in_text():
    assert of("It is **done** now").html == "<p>It is <strong>done</strong> now</p>"
    assert of("It is **done** now").text == "It is done now\n"


def test_a_list():
    assert of("- a\n- b").html == "<ul><li>a</li><li>b</li></ul>"
    assert of("- a\n- b").text == "- a\n- b\n"


def test_every_line_of_a_literal_in_a_quote_is_quoted():
    assert of(f"> {literal(chr(10).join(['a', '', 'b']))}").text == "> a\n> \n> b\n"


def test_rows_of_a_table_are_columns_in_text():
    assert of("| Contact | Anna |\n| Due | now |").text == "Contact  Anna\nDue      now\n"
    assert of("| Due | **now** |").html.count("<td") == 2


def test_a_row_of_dashes_sets_columns_to_the_right():
    assert of("| Sum | 5 |\n| --- | --: |\n| VAT | 1000 |").text == "Sum     5\nVAT  1000\n"
    assert of("| --- | --: |\n| VAT | 1000 |").html.count("text-align:right") == 1


def test_what_is_above_the_dashes_is_the_head_of_the_table():
    table = of("| Day | Sum |\n|---|--:|\n| Monday | 5 |\n| Tuesday | 10 |")
    assert table.text == "Day      Sum\nMonday     5\nTuesday   10\n"
    assert (table.html.count("<th "), table.html.count("<td "), table.html.count("<tr>")) == (2, 4, 3)


def test_a_table_with_a_head_is_data_for_who_has_it_read_aloud():
    assert 'role="presentation"' not in of("| Day | Sum |\n|---|---|\n| Monday | 5 |").html
    assert 'role="presentation"' in of("| Day | Monday |").html


def test_dashes_that_a_sender_wrote_are_a_cell():
    dashes = literal("--:")
    assert of(f"| {dashes} | {dashes} |\n| a | b |").text == "--:  --:\na    b\n"


def test_an_empty_cell_keeps_its_place():
    assert of(f"| a | {literal('')} | c |\n| aa | b | c |").text == "a      c\naa  b  c\n"


def test_a_literal_with_a_bar_stays_in_its_cell():
    assert of(f"| {literal('a | b')} | c |").html.count("<td") == 2


def test_the_small_print_begins_at_a_rule():
    small = of("a\n\n---\nb")
    assert (small.html, small.small_print, small.text) == ("<p>a</p>", "<p>b</p>", "a\n\n---\n\nb\n")


def test_a_link_of_a_template_is_one():
    assert of("[Status](https://desk.example)").html == '<p><a href="https://desk.example">Status</a></p>'
    assert of("[Status](https://desk.example)").text == "Status (https://desk.example)\n"


def test_a_link_that_says_its_own_target_says_it_once():
    assert of("[+31 20 123](tel:+3120123)").text == "+31 20 123\n"


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "https://x.example/ y", "/path"])
def test_a_link_to_anything_but_the_web_mail_or_a_telephone_is_none(target: str):
    assert "<a" not in of(f"[here]({literal(target)})").html


def test_a_link_cannot_leave_its_attribute():
    html = of(f"[here]({literal('https://x.example/' + chr(34) + 'onclick=' + chr(34) + 'x')})").html
    assert html == '<p><a href="https://x.example/&quot;onclick=&quot;x">here</a></p>'


def test_a_literal_is_never_markup_nor_html():
    whole = of(f"Text {literal(HOSTILE)} end")
    assert HOSTILE in whole.text
    assert whole.html.count("<p>") == 1
    assert not {"<strong>", "<a", "<b>", "<li>", "<td", "<blockquote"} & {
        tag for tag in whole.html.split() if "<" in tag
    }
    assert "**b** &lt;b&gt; [a](https://x.example)" in whole.html
    assert whole.small_print == ""


def test_a_literal_cannot_end_itself():
    assert of(literal("a\x03**b**\x02c")).html == "<p>a**b**c</p>"


def test_controls_are_shown_as_unknown_and_every_break_is_a_line():
    assert of(literal("a\x00b\ud800\r\nc\u2028d\re")).text == "a\ufffdb\ufffd\nc\nd\ne\n"


def test_runs_of_blanks_survive_in_html():
    assert of(literal("if x:\n    y")).html == "<p>if x:<br>\n&nbsp;&nbsp;&nbsp; y</p>"


def test_a_table_without_rows_is_told():
    with pytest.raises(ValueError, match="no rows"):
        page("Subject: x\n\n|---|--:|\n", 100)


@pytest.mark.parametrize("more", ["", "y" * LONGEST_KEPT], ids=["kept", "too long to be kept"])
def test_a_page_laid_out_as_another_shows_its_own_literals_and_links(more: str):
    for name, phone in (("Anna", "+31 20 1"), ("Bo & Co", "+45 2")):
        number = phone.replace(" ", "")
        own, target = literal(name), literal(number)
        body = f"| {own} | b |\n\n> {own}\n\n[{own}](https://x.example/{target}) [{literal(phone)}](tel:{target})"
        made = page(f"Subject: {own}\n\n{body} {more}\n---\n{own}", 2 * LONGEST_KEPT)
        assert made.subject == name
        assert made.text.split("\n\n")[:2] == [f"{name}  b", f"> {name}"]
        assert f"{name} (https://x.example/{number}) {phone} {more}".strip() in made.text
        shown = escape(name)
        assert f'<a href="https://x.example/{number}">{shown}</a> <a href="tel:{number}">{phone}</a>' in made.html
        assert made.small_print == f"<p>{shown}</p>"
