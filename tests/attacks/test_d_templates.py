"""D02, F22: no mail is a template, a template reaches nothing, a render ends, and a broken one costs no mail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.daemon.office import shipped
from helpdeskd.mail.compose import Composer
from helpdeskd.mail.html import to_text
from helpdeskd.mail.render import BrokenTemplate, Renderer
from helpdeskd.mail.sample import sample_letter
from tests.story.test_16_no_command_leaks import html_of
from tests.world import ANNA, BRAM, PIET, STRANGER, World, texts

OWN = '\n[templates]\nfolder = "templates"\n'
INJECTED = "{{ 7 * 7 }}{% for x in 'ab' %}!{% endfor %}{{ ''.__class__.__mro__ }}"
MARKED = "**bold** [link](https://evil.example) <b>html</b> {# gone #}"
HOSTILE = f"{INJECTED} {MARKED}"
GOOD = "Subject: x\n\n"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[World]:
    """A desk with an acknowledgement of its own, which breaks on some mails only."""
    template = tmp_path / "desk/templates/en/ticket-received.md.j2"
    template.parent.mkdir(parents=True)
    template.write_text("Subject: {{ subject }}\n\nOur own words.\n{{ 1 // (0 if 'boom' in subject else 1) }}\n")
    with World(tmp_path / "desk", OWN) as world:
        yield world


def shown(world: World) -> str:
    """All that all mails show, in both parts, on one line."""
    html = "\n".join(to_text(html_of(mail.row.content)) for mail in world.mails)
    return " ".join(f"{texts(world.mails)}\n{html}".split())


def test_d02_a_template_in_subject_name_and_text_is_shown_as_it_is(world: World) -> None:
    world.receives(BRAM, subject=HOSTILE, text=HOSTILE)
    world.replies(PIET, world.last("piet"), HOSTILE)
    world.replies(BRAM, world.last("bram"), HOSTILE)
    for mail in world.mails:
        assert INJECTED in " ".join(mail.subject.split()), mail.notice
        assert "49" not in mail.subject
    for mail in (world.last("bram", "reply"), world.last("piet", "agent-update"), world.last("piet", "agent-new")):
        assert HOSTILE in " ".join(mail.text.split())
        html = html_of(mail.row.content)
        assert "<b>html" not in html
        assert "<strong>bold" not in html
        assert 'href="https://evil' not in html


def test_d02_a_template_in_a_name_and_a_file_name_is_shown_as_it_is(world: World) -> None:
    files = [("{{ 7 - 7 }}{% raw %}.png", "image/png", b"x")]
    world.receives("Bram {{ 7 * 7 }} <bram@bakery.example>", attachments=files)
    assert "{{ 7 - 7 }}{% raw %}.png" in world.last("piet", "agent-new").text
    (attached,) = world.last("piet", "agent-new").message.attachments
    assert attached.name == "{{ 7 - 7 }}{% raw %}.png"


def test_d02_a_template_in_a_held_mail_a_command_and_a_third_partys_answer_is_shown_as_it_is(world: World) -> None:
    world.receives(STRANGER, subject=HOSTILE, text=HOSTILE)
    world.advance(hours=2)
    assert INJECTED in shown(world)
    world.receives(BRAM)
    world.replies(PIET, world.last("piet", "agent-new"), f"/nonsense {HOSTILE}")
    assert INJECTED in " ".join(world.last("piet", "agent-error").text.split())
    world.replies(PIET, world.last("piet", "agent-new"), "/reject " + INJECTED)
    assert INJECTED in " ".join(world.last("bram", "status").text.split())
    world.replies(PIET, world.last("piet", "agent-new"), f"/forward parts@supplier.example\nAny {INJECTED}?")
    asked = world.last("parts", "forward")
    assert INJECTED in " ".join(asked.text.split())
    world.replies("Parts <parts@supplier.example>", asked, HOSTILE)
    assert INJECTED in " ".join(world.last("piet", "agent-update").text.split())
    assert "49" not in shown(world)


def own_template(tmp_path: Path, source: str) -> Renderer:
    file = tmp_path / "en/closed.md.j2"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(GOOD + source)
    return Renderer([tmp_path, shipped("templates")], "en")


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ ''['__class__'] }}",
        "{{ '' | attr('__class__') }}",
        "{{ to.__init__.__globals__ }}",
        "{{ to.__reduce__() }}",
        "{{ '{0.__class__}'.format(to) }}",
        "{{ '{0.__class__}'.format_map({}) }}",
        "{{ self.__init__ }}",
        "{{ cycler.__init__ }}",
        "{{ lipsum.__globals__ }}",
        "{{ lipsum() }}",
        "{{ namespace() }}",
        "{{ joiner() }}",
        "{{ dict() }}",
        "{{ config }}",
        "{{ request }}",
        "{{ range.__self__ }}",
        "{{ at | when(__builtins__) }}",
        "{% include '/etc/passwd' %}",
        "{% include '../../config.toml' %}",
        "{% import 'os' as os %}",
        "{% extends 'nothing.j2' %}",
        "{{ [1] | random }}",
        "{% set x = [1] %}{{ x.append(2) }}",
        "{% do 1 %}",
    ],
)
def test_d02_an_operators_template_reaches_nothing_but_its_facts(tmp_path: Path, source: str) -> None:
    with pytest.raises(BrokenTemplate, match=r"closed\.md\.j2:|there is no such file"):
        own_template(tmp_path, source).render(sample_letter("closed", "en"))


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10**8 }}",
        "{{ 'a' * 1000 }}",
        "{{ [1] * 10**8 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ 999999 ** 999999 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ 'a' | center(10**9) }}",
        "{{ 'a'.ljust(10**9) }}",
        "{{ ['a'] | map(attribute='ljust') | list }}",
        "{{ '%1000000000d' | format(1) }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in range(10**9) %}{% endfor %}",
        "{% for a in range(90000) %}aaaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}",
        "{% for a in range(90000) %}{{ text }}{{ text }}{{ text }}{{ text }}{{ text }}{{ text }}{{ text }}{% endfor %}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(99) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% for a in [[[1]]] recursive %}{{ loop([a]) }}{% endfor %}",
    ],
)
def test_d02_a_template_that_would_not_end_or_writes_without_end_is_broken(tmp_path: Path, source: str) -> None:
    with pytest.raises(BrokenTemplate):
        own_template(tmp_path, source).render(sample_letter("closed", "en"))


def test_d02_what_templates_reckon_with_and_repeat_goes_on_working(tmp_path: Path) -> None:
    loop = "{% for n in range(3) %}{{ loop.index }}/{{ loop.length }} {% endfor %}"
    source = loop + "{{ 100 * step }} {{ 7 % 4 }} {{ 2**3 }} {{ 'a-b'.upper().split('-') | join('+') }}"
    assert "1/3 2/3 3/3 100 3 8 A+B" in own_template(tmp_path, source).render(sample_letter("closed", "en")).text


def test_f22_a_template_that_breaks_on_a_mail_gives_way_to_ours(own: World, caplog: pytest.LogCaptureFixture) -> None:
    own.receives(BRAM, subject="Printer")
    assert "Our own words." in own.last("bram").text
    mail = own.receives(BRAM, subject="boom")
    assert (mail.fate, mail.strikes) == ("opened", 0)
    told = own.last("bram")
    assert (told.reference, "We have received your message." in told.text) == ("HD-1002", True)
    assert "Our own words" not in told.text
    alarms = [record.getMessage() for record in caplog.records if "stage=alarm" in record.getMessage()]
    assert len(alarms) == 1
    assert "templates/en/ticket-received.md.j2:4: " in alarms[0]


def test_f22_the_mails_that_do_not_break_it_are_in_the_operators_words_again(own: World) -> None:
    for subject in ("boom", "Printer"):
        own.receives(BRAM, subject=subject)
    assert "Our own words." in own.last("bram").text


def test_f22_a_broken_layout_gives_way_to_ours(tmp_path: Path) -> None:
    layout = tmp_path / "layout.html.j2"
    layout.write_text("<html>{{ body }}{{ 1 // (0 if 'boom' in subject else 1) }}</html>")
    composer = Composer([tmp_path, shipped("templates")], "en")
    composer.compose(sample_letter("reply", "en"))
    with pytest.raises(BrokenTemplate):
        composer.compose(sample_letter("reply", "en", text="boom"))
    assert b"boom" in composer.shipped.compose(sample_letter("reply", "en", text="boom"))


def test_f22_in_a_language_that_only_the_operator_has_ours_speaks_english(tmp_path: Path) -> None:
    (tmp_path / "sv").mkdir()
    for file in (Path(str(shipped("templates"))) / "da").iterdir():
        (tmp_path / "sv" / file.name).write_text(file.read_text().replace("Kære", "{{ 1 // 0 }}"))
    composer = Composer([tmp_path, shipped("templates")], "sv")
    letter = sample_letter("ticket-received", "sv")
    with pytest.raises(BrokenTemplate):
        composer.compose(letter)
    assert b"We have received your message." in composer.shipped.compose(letter)


def test_d02_a_customers_own_words_are_shown_as_often_as_a_mail_needs_them(world: World) -> None:
    world.receives(ANNA, text=("word " * 20 + "\n") * 3000)
    assert world.last("piet", "agent-new").text.count("word") > 20_000
