"""A rehearsal is the real desk: it decides, waits, wakes and writes as it would, only without waiting."""

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from helpdeskd.config.load import Loaded, load
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.config.scenario import load_scenario
from helpdeskd.daemon.office import CannotServe
from helpdeskd.daemon.rehearsal import Done, Happened, MailIn, MailOut, News, Rehearsal, Standing
from helpdeskd.domain.event import DutyPaged, StatusChanged, TargetPassed, TicketOpened
from helpdeskd.domain.ticket import Status
from helpdeskd.storage import db, directory

EXAMPLE = Path(__file__).parents[2] / "examples" / "prepaid-card.toml"
ZONE = ZoneInfo("Europe/Amsterdam")
HEAD = """
config = "desk.toml"
start = 2026-11-02T08:00:00+01:00
until = 2026-11-16T08:00:00+01:00
"""
ASKS = """
[[mail]]
id = "anna-1"
at = 2026-11-02T09:14:00+01:00
from = "Anna de Vries <anna@bakery.example>"
to = ["support@desk.example"]
subject = "Scherm hangt"
text = "Sinds vanmorgen."
"""
ANSWER = """
[[mail]]
at = 2026-11-02T09:40:00+01:00
from = "Piet Jansen <piet@desk.example>"
answers = { ticket = "anna-1" }
text = "/resolve\\nOpgelost."
"""
NIGHT = ASKS.replace("09:14", "23:00").replace("support@", "duty@")
DO = """
[[do]]
at = 2026-11-02T12:00:00+01:00
run = "directory apply nobody.toml"
"""


def commands(_words: Sequence[str], _loaded: Loaded, _now: datetime) -> tuple[int, str]:
    raise AssertionError("there is no command in this scenario")


def rehearsal(folder: Path, steps: str, run: object = commands, config: str = "", head: str = HEAD) -> Rehearsal:
    (folder / "desk.toml").write_text(EXAMPLE.read_text() + config)
    (folder / "week.toml").write_text(head + steps)
    scenario = load_scenario(folder / "week.toml")
    state = folder / "state"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir()
    return Rehearsal(load(scenario.config), scenario, state, run)  # type: ignore[arg-type]


def played(folder: Path, steps: str, **more: object) -> list[News]:
    return list(rehearsal(folder, steps, **more).play())  # type: ignore[arg-type]


def told(news: Sequence[News]) -> list[str]:
    """The news up to the tickets in a few words each, with the wall clock of Amsterdam."""
    return [f"{one.at.astimezone(ZONE):%d %H:%M:%S} {words(one)}" for one in news if not isinstance(one, Standing)]


def words(news: News) -> str:
    match news:
        case MailIn():
            return f"in {news.id} {news.received.fate}"
        case MailOut():
            return f"out {news.row.recipient.partition('@')[0]} {news.row.notice}"
        case Happened():
            return type(news.event).__name__
        case Done():
            return f"did {news.words[0]}"
        case Standing():
            return news.ticket.reference


def test_a_mail_is_decided_and_answered_at_its_own_time(tmp_path: Path) -> None:
    assert told(played(tmp_path, ASKS))[:5] == [
        "02 09:14:00 in anna-1 opened",
        "02 09:14:00 TicketOpened",
        "02 09:14:00 out anna ticket-received",
        "02 09:14:00 out piet agent-new",
        "02 09:14:00 out ans agent-new",
    ]


def test_the_clock_stops_at_each_instant_at_which_something_is_due(tmp_path: Path) -> None:
    passed = [
        one for one in played(tmp_path, ASKS) if isinstance(one, Happened) and isinstance(one.event, TargetPassed)
    ]
    assert told(passed) == [
        "02 11:14:00 TargetPassed",
        "02 12:14:00 TargetPassed",
        "02 13:14:00 TargetPassed",
        "02 15:14:00 TargetPassed",
        "03 09:14:00 TargetPassed",
        "03 13:59:00 TargetPassed",
        "04 09:14:00 TargetPassed",
        "05 09:14:00 TargetPassed",
    ]


def test_an_answer_goes_to_the_newest_mail_of_the_desk_and_joins_its_ticket(tmp_path: Path) -> None:
    other = ASKS.replace("anna-1", "anna-2").replace("09:14", "09:20")
    news = played(tmp_path, ASKS + other + ANSWER)
    answer = next(one for one in news if isinstance(one, MailIn) and one.id == "mail-3")
    assert (answer.received.fate, answer.received.reference) == ("commands", "HD-1001")
    assert "> " in answer.message.text
    first, second = (one for one in news if isinstance(one, Standing))
    assert (first.opened_by, first.ticket.status, first.ticket.owner) == ("anna-1", Status.CLOSED, "piet")
    assert (second.opened_by, second.ticket.status) == ("anna-2", Status.NEW)


def test_an_answer_may_ask_for_a_notice_or_for_nothing(tmp_path: Path) -> None:
    anna = ANSWER.replace("Piet Jansen <piet@desk", "Anna <anna@bakery").replace("/resolve\\n", "")
    for wanted in ('{ notice = "ticket-received" }', "{}"):
        news = played(tmp_path, ASKS + anna.replace('{ ticket = "anna-1" }', wanted))
        assert "02 09:40:00 in mail-2 added" in told(news)


def test_an_answer_to_a_mail_that_was_never_sent_is_told_and_the_rest_is_played(tmp_path: Path) -> None:
    never = ANSWER.replace("anna-1", "held").replace("09:40", "09:35")
    held = ASKS.replace("anna-1", "held").replace("anna@", "eve@")
    stage = rehearsal(tmp_path, held + never + ASKS + ANSWER.replace("Piet Jansen <piet@desk", "Eve <eve@elsewhere"))
    news = list(stage.play())
    assert [words(one) for one in news if isinstance(one, MailIn)] == ["in held held", "in anna-1 opened"]
    assert stage.faults == [
        f"{tmp_path}/week.toml:{line}: mail.answers: the desk has sent no such mail to this address until then"
        for line in (17, 31)
    ]


def test_a_resolved_ticket_is_closed_when_it_has_been_quiet(tmp_path: Path) -> None:
    news = played(tmp_path, ASKS + ANSWER)
    closed = [one for one in news if isinstance(one, Happened) and isinstance(one.event, StatusChanged)][-1]
    assert told([closed]) == ["09 09:40:00 StatusChanged"]
    assert isinstance(news[-1], Standing)
    assert news[-1].ticket.status is Status.CLOSED


def test_at_night_one_after_the_other_is_woken_until_somebody_answers(tmp_path: Path) -> None:
    ack = ANSWER.replace("09:40", "23:40").replace("/resolve\\nOpgelost.", "/ack")
    pages = [
        (f"{one.at.astimezone(ZONE):%H:%M}", one.event.person, one.event.step)
        for one in played(tmp_path, NIGHT + ack)
        if isinstance(one, Happened) and isinstance(one.event, DutyPaged)
    ]
    assert pages == [("23:00", "piet", 1), ("23:15", "ans", 2), ("23:30", "piet", 3)]


def test_the_same_scenario_gives_the_same_bytes(tmp_path: Path) -> None:
    def sent() -> list[bytes]:
        return [
            one.row.content
            for one in played(tmp_path, ASKS + ANSWER + NIGHT.replace("anna-1", "b"))
            if isinstance(one, MailOut)
        ]

    first = sent()
    assert first == sent()
    assert len(first) > 10


def test_a_mail_to_two_queues_gets_a_fate_for_each(tmp_path: Path) -> None:
    both = ASKS.replace('["support@desk.example"]', '["support@desk.example", "alerts@desk.example"]')
    received = [one for one in played(tmp_path, both) if isinstance(one, MailIn)]
    assert [(one.id, one.received.envelope.forward_path) for one in received] == [
        ("anna-1", "support@desk.example"),
        ("anna-1", "alerts@desk.example"),
    ]


def test_a_mail_that_reaches_nobody_of_us_is_told_before_anything_is_played(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match=r"week\.toml:10: mail\.to: is no address of the desk"):
        rehearsal(tmp_path, ASKS.replace("support@desk", "support@other"))


def test_a_directory_beside_the_scenario_takes_the_place_of_the_configurations(tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text("[[agent]]\nname = 'mia'\ntitle = 'Mia'\naddresses = ['mia@desk.example']\n")
    news = played(tmp_path, ASKS, head='directory = "people.toml"\n' + HEAD)
    assert told(news)[0] == "02 09:14:00 in anna-1 held"
    assert {one.row.recipient for one in news if isinstance(one, MailOut)} == {"mia@desk.example"}


def test_a_command_finds_the_rehearsed_desk_at_its_time(tmp_path: Path) -> None:
    asked = []

    def run(words: Sequence[str], loaded: Loaded, now: datetime) -> tuple[int, str]:
        asked.append((words, now.astimezone(ZONE).hour))
        with db.transaction():
            directory.replace((), directory.StoredDirectory().agents())
        return 0, "everybody has left"

    later = ASKS.replace("anna-1", "anna-2").replace("09:14", "12:00")
    news = played(tmp_path, ASKS + DO + later, run=run)
    assert asked == [(("directory", "apply", "nobody.toml"), 12)]
    assert [one.said for one in news if isinstance(one, Done)] == ["everybody has left"]
    assert [words(one) for one in news if isinstance(one, MailIn)] == ["in anna-1 opened", "in anna-2 held"]


def test_a_command_that_fails_is_told_and_the_rest_is_played(tmp_path: Path) -> None:
    stage = rehearsal(tmp_path, DO + ASKS, run=lambda *_: (1, "nobody.toml:1: cannot be read\nnothing changed"))
    news = list(stage.play())
    assert stage.faults == [
        f"{tmp_path}/week.toml:8: do.run: nobody.toml:1: cannot be read / nothing changed",
    ]
    assert isinstance(news[-1], Standing)


def test_templates_of_the_desk_that_are_broken_are_told_before_anything_is_played(tmp_path: Path) -> None:
    (tmp_path / "own" / "nl").mkdir(parents=True)
    (tmp_path / "own" / "nl" / "reply.md.j2").write_text("Subject: {{ nonsense }}\n\nx\n")
    with pytest.raises(CannotServe, match="nonsense"):
        rehearsal(tmp_path, ASKS, config='\n[templates]\nfolder = "own"\n')


def test_what_happened_has_the_ticket_as_it_was_opened(tmp_path: Path) -> None:
    opened = next(one for one in played(tmp_path, ASKS) if isinstance(one, Happened))
    assert isinstance(opened.event, TicketOpened)
    assert (opened.reference, opened.event.ticket.status) == ("HD-1001", Status.NEW)
