"""A scenario reads whole, in the order of its time, or says everything that is wrong with it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdeskd.config.problems import ConfigErrors
from helpdeskd.config.scenario import LARGEST, Do, Mail, Scenario, load_scenario

HEAD = """\
config = "desk.toml"
start = 2026-11-02T08:00:00+01:00
until = 2026-11-03T08:00:00+01:00
"""
MAIL = """\
[[mail]]
at = 2026-11-02T09:14:00+01:00
from = "Anna de Vries <anna@bakery.example>"
to = ["support@desk.example"]
subject = "Invoice screen hangs"
text = "It hangs."
"""
BARE = '[[mail]]\nat = 2026-11-02T09:14:00+01:00\nfrom = "anna@bakery.example"\n'


def loaded(folder: Path, text: str, config: Path | None = None) -> Scenario:
    file = folder / "week.toml"
    file.write_text(text)
    return load_scenario(file, config)


def errors(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigErrors) as broken:
        loaded(folder, text)
    return [line.removeprefix(f"{folder}/") for line in broken.value.errors]


def test_a_scenario_is_read_with_what_its_mails_do_not_say(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, HEAD + MAIL)
    assert scenario.config == tmp_path / "desk.toml"
    assert scenario.start == datetime(2026, 11, 2, 7, tzinfo=UTC)
    [step] = scenario.steps
    assert isinstance(step.does, Mail)
    assert step.id == "mail-1"
    assert step.does.from_ is not None
    assert (step.does.from_.name, step.does.from_.address) == ("Anna de Vries", "anna@bakery.example")
    assert (step.does.auth, step.does.headers, step.does.answers) == ("aligned", {}, None)


def test_steps_are_in_the_order_of_their_time_then_of_the_file(tmp_path: Path) -> None:
    do = '[[do]]\nat = 2026-11-02T09:14:00+01:00\nrun = "directory apply \\"new people.toml\\""\n'
    early = MAIL.replace("09:14", "08:00").replace("[[mail]]", '[[mail]]\nid = "early"')
    steps = loaded(tmp_path, HEAD + MAIL + do + MAIL + early).steps
    assert [step.id for step in steps] == ["early", "mail-1", "", "mail-2"]
    assert isinstance(steps[2].does, Do)
    assert steps[2].does.run == ("directory", "apply", "new people.toml")


def test_another_configuration_takes_the_place_of_the_one_named(tmp_path: Path) -> None:
    other = Path("other.toml")
    assert loaded(tmp_path, HEAD + MAIL, other).config == other
    unnamed = HEAD.replace('config = "desk.toml"\n', "")
    assert loaded(tmp_path, unnamed, other).config == other
    assert errors(tmp_path, unnamed) == ["week.toml:1: config: is missing (name one here or with --config)"]


def test_every_error_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = HEAD.replace("08:00:00+01:00\nuntil", "08:00:00\nuntil") + MAIL.replace("anna@", "anna at ")
    found = errors(tmp_path, text + 'colour = 1\nauth = "maybe"\n[[do]]\nrun = "cards add \\""\n')
    assert [line.partition(" (")[0] for line in found] == [
        "week.toml:2: start: must be a time with its offset",
        'week.toml:6: mail.from: "Anna de Vries <anna at bakery.example>" is no address',
        "week.toml:10: mail.colour: unknown key",
        'week.toml:11: mail.auth: "maybe" is not known',
        "week.toml:12: do.at: is missing",
        'week.toml:13: do.run: cards add " cannot be read: No closing quotation',
    ]


def test_a_step_is_within_the_run(tmp_path: Path) -> None:
    ends = (MAIL.replace("02T09:14", "02T08:00"), MAIL.replace("02T09:14", "03T08:00"))
    assert len(loaded(tmp_path, HEAD + "".join(ends)).steps) == 2
    outside = (MAIL.replace("02T09:14:00", "02T07:59:59"), MAIL.replace("02T09:14:00", "03T08:00:01"))
    assert errors(tmp_path, HEAD + "".join(outside)) == [
        "week.toml:5: mail.at: is outside the run (from start to until)",
        "week.toml:11: mail.at: is outside the run (from start to until)",
    ]


def test_a_run_ends_after_it_begins(tmp_path: Path) -> None:
    assert errors(tmp_path, HEAD.replace("11-03T08", "11-02T07")) == ["week.toml:3: until: is before start"]


def test_ids_are_unique_and_those_that_are_named_exist(tmp_path: Path) -> None:
    answer = BARE + 'text = "Ja."\nanswers = { ticket = "mail-1" }\n'
    assert loaded(tmp_path, HEAD + MAIL + answer).steps[1].id == "mail-2"
    assert errors(tmp_path, HEAD + MAIL + answer.replace("mail-1", "anna-1")) == [
        'week.toml:14: mail.answers.ticket: no mail is called "anna-1"'
    ]
    assert errors(tmp_path, HEAD + MAIL + BARE + 'to = ["a@b.example"]\ntext = ""\nid = "mail-1"\n') == [
        'week.toml:15: mail.id: another mail is called "mail-1" too'
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (BARE + 'to = ["a@b.example"]\n', "says nothing (give text, html or eml)"),
        (BARE + 'text = "x"\n', 'goes to nobody (give to, such as ["support@desk.example"], or answers = {})'),
        (
            '[[mail]]\nat = 2026-11-02T09:14:00+01:00\nto = ["a@b.example"]\ntext = "x"\n',
            'nobody sends it (give from, such as "Anna de Vries <anna@bakery.example>")',
        ),
        (BARE + 'eml = "a.eml"\nsubject = "x"\n', "an eml is a whole mail, and there is subject beside it"),
    ],
    ids=["no body", "no recipient", "no sender", "two bodies"],
)
def test_a_mail_is_whole(tmp_path: Path, text: str, error: str) -> None:
    (tmp_path / "a.eml").write_bytes(b"From: a@b.example\n\nx\n")
    assert errors(tmp_path, HEAD + text) == [f"week.toml:4: mail: {error}"]


def test_a_mail_may_be_a_file_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"From: a@b.example\n\nx\n")
    text = HEAD + '[[mail]]\nat = 2026-11-02T09:14:00+01:00\neml = "a.eml"\n'
    [step] = loaded(tmp_path, text).steps
    assert isinstance(step.does, Mail)
    assert step.does.eml == b"From: a@b.example\n\nx\n"
    assert errors(tmp_path, text.replace("a.eml", "b.eml")) == [
        "week.toml:6: mail.eml: b.eml cannot be read: No such file or directory"
    ]


def test_header_fields_are_those_that_a_line_can_hold(tmp_path: Path) -> None:
    fine = MAIL + 'headers = { Auto-Submitted = "auto-replied", "X-Any_thing" = "" }\n'
    assert len(loaded(tmp_path, HEAD + fine).steps) == 1
    for name, value in (('"A B"', "x"), ('"A:"', "x"), ('""', "x"), ('"É"', "x"), ("A", "x\\ny"), ("A", "x\\u2028y")):
        assert len(errors(tmp_path, HEAD + MAIL + f'headers = {{ {name} = "{value}" }}\n')) == 1
    [told] = errors(tmp_path, HEAD + MAIL + 'headers = { Content-Type = "text/html" }\n')
    assert "Content-Type follows from what the mail holds (write an .eml file, and name it with eml)" in told


def test_an_attachment_has_a_size_that_fits(tmp_path: Path) -> None:
    for size in (0, LARGEST):
        assert loaded(tmp_path, HEAD + MAIL + f'attach = [{{ name = "a", size = {size} }}]\n').steps
    for size in (-1, LARGEST + 1):
        [told] = errors(tmp_path, HEAD + MAIL + f'attach = [{{ name = "a", size = {size} }}]\n')
        assert f"mail.attach.size: {size} is out of bounds" in told


def test_something_about_a_step_is_told_with_its_line(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, HEAD + MAIL)
    assert scenario.told(scenario.steps[0], "to", "is wrong") == f"{tmp_path}/week.toml:7: mail.to: is wrong"


def test_a_scenario_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match=r"none\.toml:1: cannot be read: No such file or directory"):
        load_scenario(tmp_path / "none.toml")
