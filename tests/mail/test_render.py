"""Templates in their language, an operator's before ours, and what is told of a broken one."""

from dataclasses import replace
from pathlib import Path

import pytest

from helpdeskd.domain.notice import Letter
from helpdeskd.mail.render import BrokenTemplate, Renderer
from helpdeskd.mail.sample import sample_letter

SHIPPED = Path(__file__).parents[2] / "templates"


def renderer(*folders: Path) -> Renderer:
    return Renderer((*folders, SHIPPED), "nl")


def write(folder: Path, name: str, content: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return folder


def to_language(notice: str, language: str) -> Letter:
    letter = sample_letter(notice, "en")
    return replace(letter, notice=replace(letter.notice, to=replace(letter.notice.to, language=language)))


@pytest.mark.parametrize(
    ("language", "taken"), [("da", "da"), ("fr-BE", "fr"), ("pl", "nl"), ("", "nl"), ("../da", "nl")]
)
def test_a_recipient_is_written_to_in_their_language_else_the_desks(language: str, taken: str):
    assert renderer().render(to_language("closed", language)).words.language == taken


def test_an_operators_file_comes_before_ours_and_the_rest_stays(tmp_path: Path):
    desk = renderer(write(tmp_path, "en/closed.md.j2", "Subject: Done\n\nBye {{ to.name }}.\n"))
    assert desk.render(sample_letter("closed", "en")).text.endswith("\n\nBye Anna de Vries.\n")
    assert "Your request" in desk.render(sample_letter("ticket-received", "en")).text
    assert desk.check() == []


def test_an_operators_partial_changes_all_that_include_it(tmp_path: Path):
    desk = renderer(write(tmp_path, "en/_closing.md.j2", "\nCheers\n"))
    assert desk.render(sample_letter("ticket-received", "en")).text.endswith("\n\nCheers\n")


def test_an_operators_layout_is_used_and_escapes_by_itself(tmp_path: Path):
    desk = renderer(write(tmp_path, "layout.html.j2", "<h1>{{ subject }}</h1>{{ body }}"))
    assert desk.render(sample_letter("reply", "en", text="<b>")).html.startswith("<h1>&lt;b&gt;</h1><p>&lt;b&gt;</p>")


def test_a_line_of_tags_leaves_no_line_and_a_line_with_text_keeps_its_end(tmp_path: Path):
    source = "Subject: x\n\na\n{% if step %}\nb\n{% endif %}\nc{% if step %} d{% endif %}\ne\n"
    desk = renderer(write(tmp_path, "en/closed.md.j2", source))
    assert desk.render(sample_letter("closed", "en")).text.endswith("\n\na\nb\nc d\ne\n")


@pytest.mark.parametrize(
    ("source", "line", "why"),
    [
        ("Subject: x\n\n{{ tikket.reference }}\n", 3, "'tikket' is undefined"),
        ("Subject: x\n\n{{ ticket.refrence }}\n", 3, "no attribute 'refrence'"),
        ("Subject: x\n\na\n{% if %}\n", 4, "Expected an expression"),
        ("Subject: x\n\n{{ at | wenn }}\n", 3, "No filter named 'wenn'"),
        ("Subject: x\n\n{{ ''.__class__.__mro__ }}\n", 3, "unsafe"),
        ("Subject: x\n\n{{ 1 / 0 }}\n", 3, "division by zero"),
        ("Subject: x\n\n{{ person | when }}\n", 3, ""),
        ("Hello\n\nx\n", 1, "the first line is no subject"),
        (
            "Subject: x\n\n{% for n in range(9999) %}{{ '' }}aaaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}\n",
            1,
            "it writes more",
        ),
    ],
)
def test_a_broken_template_is_told_with_file_and_line(tmp_path: Path, source: str, line: int, why: str):
    desk = renderer(write(tmp_path, "en/closed.md.j2", source))
    errors = desk.check()
    assert len(errors) == 1
    assert errors[0].startswith(f"{tmp_path / 'en' / 'closed.md.j2'}:{line}: ")
    assert why in errors[0]
    with pytest.raises(BrokenTemplate, match=f":{line}: "):
        desk.render(sample_letter("closed", "en"))


def test_a_template_is_tried_with_all_that_it_may_tell_of(tmp_path: Path):
    source = "Subject: x\n\n{% if what == 'expired' %}\n{{ estimate.minuts }}\n{% endif %}\n"
    errors = renderer(write(tmp_path, "en/approval-result.md.j2", source)).check()
    assert len(errors) == 1
    assert errors[0].startswith(f"{tmp_path / 'en' / 'approval-result.md.j2'}:4: ")


def test_an_error_that_is_met_more_than_once_is_told_once(tmp_path: Path):
    errors = renderer(write(tmp_path, "en/approval-result.md.j2", "Subject: x\n\n{{ estimate.minuts }}\n")).check()
    assert len(errors) == 1


def test_an_error_in_a_partial_is_told_with_the_file_of_the_partial(tmp_path: Path):
    desk = renderer(write(tmp_path, "en/_head.md.j2", "\n{{ nothing }}\n"))
    assert all(error.startswith(f"{tmp_path / 'en' / '_head.md.j2'}:2: ") for error in desk.check())


def test_all_errors_are_told_at_once(tmp_path: Path):
    write(tmp_path, "en/closed.md.j2", "x")
    write(tmp_path, "de/reply.md.j2", "Subject: x\n\n{{ y }}")
    write(tmp_path, "fr/words.toml", "[lines")
    assert len(renderer(tmp_path).check()) == 3


def test_a_file_for_a_notice_that_does_not_exist_is_an_error(tmp_path: Path):
    errors = renderer(write(tmp_path, "en/tickt-received.md.j2", "Subject: x\n\ny\n")).check()
    assert len(errors) == 1
    assert "no notice is called tickt-received (one of: address-misused, adopt-request, agent-digest," in errors[0]


def test_a_new_language_needs_every_template(tmp_path: Path):
    errors = renderer(write(tmp_path, "sv/words.toml", '[lines]\nvia = "via"\n')).check()
    notices = [file for file in (SHIPPED / "en").glob("*.md.j2") if not file.name.startswith("_")]
    assert len(errors) == len(notices) > 0
    assert all("there is no such file" in error for error in errors)


def test_a_folder_that_is_not_there_is_told_and_ours_serves(tmp_path: Path):
    desk = renderer(tmp_path / "typo")
    assert desk.check() == [f"{tmp_path / 'typo'}:1: there is no such folder (make it)"]
    assert desk.render(sample_letter("closed", "en")).subject


def test_an_include_reads_no_other_files(tmp_path: Path):
    write(tmp_path, "secret.j2", "hunter2")
    desk = renderer(write(tmp_path, "en/closed.md.j2", "Subject: x\n\n{% include '../secret.j2' %}\n"))
    assert "there is no such file" in desk.check()[0]


def test_a_template_cannot_change_what_it_is_given(tmp_path: Path):
    source = "Subject: x\n\n{% set found = [1] %}{{ found.append(2) }}\n"
    assert "unsafe" in renderer(write(tmp_path, "en/closed.md.j2", source)).check()[0]


READER = "Subject: x\n\n{before}Hello {{{{ {who} }}}}, {{{{ at | when }}}}\n"


@pytest.mark.parametrize(
    ("before", "who"),
    [("", "to.name"), ("", "to['name']"), ("{% set reader = to %}\n", "reader.name"), ("", "'x'")],
    ids=["attribute", "item", "another name", "not at all"],
)
def test_each_of_a_team_reads_what_the_template_says_of_them(tmp_path: Path, before: str, who: str):
    desk = renderer(write(tmp_path, "en/closed.md.j2", READER.format(before=before, who=who)))
    letter = sample_letter("closed", "en")
    for name, zone in (("Anna", "Europe/Amsterdam"), ("Bram", "Europe/Amsterdam"), ("Bram", "Asia/Tokyo")):
        to = replace(letter.notice.to, name=name, zone=zone)
        mail = replace(letter, notice=replace(letter.notice, to=to))
        assert desk.render(mail).text == renderer(tmp_path).render(mail).text


def test_a_partial_that_names_its_reader_names_each(tmp_path: Path):
    write(tmp_path, "en/_closing.md.j2", "\nBye {{ to.name }}.\n")
    desk = renderer(write(tmp_path, "en/closed.md.j2", 'Subject: x\n\nDone.\n{% include "_closing.md.j2" %}\n'))
    letter = sample_letter("closed", "en")
    names = ("Anna", "Bram")
    mails = [replace(letter, notice=replace(letter.notice, to=replace(letter.notice.to, name=name))) for name in names]
    assert [desk.render(mail).text.rstrip().split("\n")[-1] for mail in mails] == ["Bye Anna.", "Bye Bram."]
