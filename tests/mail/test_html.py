"""HTML becomes the text that a reader sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail import limits
from helpdeskd.mail.html import MAX_TAGS, to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Hello</p><p>Anna</p>", "Hello\n\nAnna"),
        ("<div>Hello</div><div>Anna</div>", "Hello\nAnna"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("a \n  b", "a b"),
        ("caf&eacute; &lt;x&gt; &amp;", "café <x> &"),
        ("<b>bold</b> <a href='https://x.example'>link</a>", "bold link"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<p>Yes</p><blockquote>Really?</blockquote>", "Yes\n\n> Really?"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        ("a<hr>b", "a\n________________________________\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre>x\n  y</pre>", "x\n  y"),
        ("<style>p{}</style><script>alert(1)</script><title>t</title><!-- c -->a", "a"),
        ("a <img src=x alt=y> <unknown>b</unknown>", "a b"),
        ("<p>unclosed <b>text", "unclosed text"),
    ],
)
def test_markup_becomes_lines(markup, text):
    assert to_text(markup) == text


def test_deep_quotes_are_shown_ten_deep():
    assert to_text("<blockquote>" * 30 + "a").startswith("> " * 10 + "a")


def test_markup_over_its_cap_is_cut():
    assert len(to_text("a" * (limits.MAX_HTML + 1))) == limits.MAX_HTML


@pytest.mark.parametrize(("count", "lines"), [(MAX_TAGS - 1, 2), (MAX_TAGS, 1)])
def test_markup_with_too_many_tags_is_only_stripped_of_them(count, lines):
    assert len(to_text("a<p>b" + "</i>" * count).split("\n\n")) == lines


def test_a_tree_that_would_be_costly_is_never_built():
    assert to_text("<b><i>" * 5000 + "a&amp;b").split() == ["a&b"]


@given(st.text(alphabet="<>/!-&;#ab19 \n\"'=\x00", max_size=200))
def test_any_markup_has_a_text(markup):
    assert "\x00" not in to_text(markup)
