"""[duty]: the calendar and the channels, as they are written."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.config.advice import duty_advice
from helpdeskd.config.files import file_problems
from helpdeskd.config.to_desk import Dates
from helpdeskd.domain.desk import Channel, ChannelKind
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.duty import Shift, order
from helpdeskd.domain.planned import Planned
from tests.config.small_desk import LINES, SMALL, errors, loaded

DUTY = '[duty]\nroster = ["piet"]\n'
AGENTS = """[[agent]]
name = "piet"
title = "Piet"
addresses = ["piet@desk.example"]
"""
WEBHOOK = '[[duty.webhook]]\nname = "chat"\nhosts = ["hooks.example"]\n'
APPRISE = '[[duty.apprise]]\nname = "pager"\nurls_file = "urls"\n'


def wrong(folder: Path, text: str) -> str:
    """The one thing that is wrong with a [duty], without its line."""
    (line,) = errors(folder, SMALL + DUTY + text)
    return line.partition(": ")[2]


def test_all_channels_are_there_with_their_people(tmp_path: Path) -> None:
    text = (
        'hook = ["/bin/page"]\n'
        + WEBHOOK
        + 'url = "https://hooks.example/x"\npeople = ["piet"]\n'
        + '[[duty.sms]]\nperson = "piet"\nto = "316@SMS.example"\n'
        + APPRISE
    )
    duty = loaded(tmp_path, SMALL + DUTY + text).desk.duty
    assert duty is not None
    assert duty.channels == (
        Channel(ChannelKind.COMMAND, "hook"),
        Channel(ChannelKind.WEBHOOK, "chat", ("piet",)),
        Channel(ChannelKind.SMS, "sms", ("piet",), "316@sms.example"),
        Channel(ChannelKind.APPRISE, "pager"),
    )


@pytest.mark.parametrize(
    "link",
    [
        "http://hooks.example/x",
        "hooks.example/x",
        "https://user:word@hooks.example/x",
        "https://hooks.example/a b",
        "https:///x",
        "https://hooks.example:99999/x",
        "https://hooks.example:0/x",
        "https://hooks.exämple/x",
    ],
)
def test_a_link_is_https_and_names_a_host_and_nobody(tmp_path: Path, link: str) -> None:
    assert wrong(tmp_path, f'{WEBHOOK}url = "{link}"\n').startswith("duty.webhook.url: is no link that can be used")


def test_a_webhook_goes_to_the_hosts_that_it_names_only(tmp_path: Path) -> None:
    assert wrong(tmp_path, WEBHOOK + 'url = "https://hooks.example.evil.example/x"\n') == (
        'duty.webhook: "hooks.example.evil.example" is not among the hosts of the webhook (they are: hooks.example)'
    )


@pytest.mark.parametrize("keys", ["", 'url = "https://hooks.example/x"\nurl_file = "link"\n'])
def test_a_webhook_has_one_link(tmp_path: Path, keys: str) -> None:
    assert wrong(tmp_path, WEBHOOK + keys) == "duty.webhook: give exactly one of url, url_file and url_credential"


@pytest.mark.parametrize("keys", ["", 'file = "duty.ics"\nurl = "https://cal.example/x"\n'])
def test_a_calendar_is_in_one_place(tmp_path: Path, keys: str) -> None:
    assert wrong(tmp_path, "[duty.calendar]\n" + keys) == (
        "duty.calendar: give exactly one of file, url, url_file and url_credential"
    )


def test_apprise_has_one_list(tmp_path: Path) -> None:
    both = APPRISE + 'urls_credential = "urls"\n'
    assert wrong(tmp_path, both) == "duty.apprise: give one of urls_file and urls_credential"


@pytest.mark.parametrize("kind", ["webhook", "apprise"])
def test_a_name_stands_once(tmp_path: Path, kind: str) -> None:
    rows = {"webhook": WEBHOOK + 'url = "https://hooks.example/x"\n', "apprise": APPRISE}[kind]
    assert "is here twice" in wrong(tmp_path, rows * 2)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[[duty.sms]]\nperson = "zoe"\nto = "316@sms.example"\n', "duty.sms.person"),
        (WEBHOOK + 'url = "https://hooks.example/x"\npeople = ["zoe"]\n', "duty.webhook.people"),
        (APPRISE + 'people = ["zoe"]\n', "duty.apprise.people"),
    ],
)
def test_people_of_channels_are_agents(tmp_path: Path, text: str, key: str) -> None:
    assert wrong(tmp_path, text + AGENTS) == f'{key}: there is no agent "zoe" (there are: piet)'
    there = loaded(tmp_path, SMALL + DUTY + text)
    (line,) = duty_advice(there, [Agent("piet", "Piet", ("piet@desk.example",))])
    assert line.endswith(f'{key}: "zoe" is no agent of the stored directory, so is never woken so')


def test_files_with_links_are_looked_at_and_are_nobody_elses_to_read(tmp_path: Path) -> None:
    text = WEBHOOK + 'url_file = "link"\n' + APPRISE + '[duty.calendar]\nurl_file = "feed"\nca_file = "ca.pem"\n'
    found = loaded(tmp_path, SMALL + DUTY + text)
    missing, _ = file_problems(found)
    assert [line.partition(": ")[2].partition(":")[0] for line in missing] == [
        "duty.webhook.url_file",
        "duty.apprise.urls_file",
        "duty.calendar.url_file",
        "duty.calendar.ca_file",
    ]
    for name in ("link", "urls", "feed", "ca.pem"):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(0o644)
    nothing, open_to_all = file_problems(found)
    assert nothing == []
    assert [line.partition(": ")[2].partition(":")[0] for line in open_to_all] == [
        "duty.webhook.url_file",
        "duty.apprise.urls_file",
        "duty.calendar.url_file",
    ]


@pytest.mark.parametrize(
    ("text", "module", "key", "extra"),
    [
        ('[duty.calendar]\nurl = "https://cal.example/x"\n', "recurring_ical_events", "duty.calendar", "oncall"),
        ('[[duty.apprise]]\nname = "pager"\nurls_credential = "u"\n', "apprise", "duty.apprise", "notify"),
    ],
)
def test_what_an_extra_has_must_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, module: str, key: str, extra: str
) -> None:
    found = loaded(tmp_path, SMALL + DUTY + text)
    assert file_problems(found) == ([], [])
    monkeypatch.setitem(sys.modules, module, None)
    (line,) = file_problems(found)[0]
    assert line == f"{found.source.file}:{LINES + 3}: {key}: needs the extra {extra} (pip install '.[{extra}]')"


def test_of_dated_shifts_swaps_count_most_then_overrides_then_the_calendar(tmp_path: Path) -> None:
    start, hour = datetime(2026, 12, 24, 17, tzinfo=UTC), timedelta(hours=1)
    override = '[[duty.override]]\nperson = "ans"\nfrom = 2026-12-24T19:00:00+01:00\nto = 2026-12-25T09:00:00+01:00\n'
    found = loaded(tmp_path, SMALL + DUTY + override + '[duty.calendar]\nfile = "duty.ics"\n')
    agents = [Agent(name, name.title(), (f"{name}@desk.example",)) for name in ("piet", "ans", "kim", "lou")]
    planned = (Planned(start, start + 14 * hour, "Kim"),)
    swaps = tuple(Shift(start + 2 * hour, start + 3 * hour, person) for person in ("gone", "piet", "lou"))
    duty = found.desk_for(agents, (), Dates(planned, swaps)).duty
    assert duty is not None
    firsts = [order(duty.roster, start + number * hour)[0] for number in (-1, 0, 1, 2, 3)]
    assert firsts == ["piet", "kim", "ans", "lou", "ans"]
