"""What is legal but unwise is a warning with its line; a desk that is in order has none."""

import sys
from pathlib import Path

import pytest

from helpdeskd.config.advice import advice, directory_advice, duty_advice
from helpdeskd.domain.directory import Agent
from tests.config.small_desk import SMALL, loaded

SERVERS = """\
[[smtp]]
name = "local"
listen = "127.0.0.1:2525"
[smarthost]
host = "127.0.0.1"
tls = "none"
"""
RELAY = '[[relay]]\nauthserv_id = "mx.desk.example"\nnetworks = ["127.0.0.1"]\n'
NO_CHECK = "[auth]\ncheck = false\n"
AGENT = '[[agent]]\nname = "piet"\ntitle = "Piet"\naddresses = ["piet@desk.example"]\nteams = ["support"]\n'
GOOD = SMALL + SERVERS + RELAY
CUSTOMER = '[[customer]]\nname = "bakery"\ntitle = "Bakery"\n'
DUTY_QUEUE = '[[queue]]\nname = "duty"\naddresses = ["duty@desk.example"]\nteam = "support"\nduty = true\n'
DUTY = "[duty]\nroster = [1, 2]\n"


def warnings(folder: Path, text: str) -> list[str]:
    return [line.partition(": ")[2] for line in advice(loaded(folder, text))]


def test_a_desk_that_is_in_order_has_no_warnings(tmp_path: Path) -> None:
    assert warnings(tmp_path, GOOD) == []


def test_a_desk_that_can_prove_nobody_is_told_what_to_set(tmp_path: Path) -> None:
    [warning] = warnings(tmp_path, SMALL + SERVERS + NO_CHECK)
    assert warning.startswith("trust: no sender can ever be proved, so every mail will be held (auth.check = true for")


def test_a_desk_without_the_extra_that_checks_senders_is_told_how_to_get_it(
    tmp_path: Path, without_extra: None
) -> None:
    [warning] = warnings(tmp_path, SMALL + SERVERS)
    assert "(pip install '.[auth]' for our own check, add [[relay]]" in warning
    assert warnings(tmp_path, GOOD) == []


def test_sealers_that_nobody_asks_are_told(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    sealers = 'arc_sealers = ["lists.example"]\n'
    assert warnings(tmp_path, f"{GOOD}[auth]\n{sealers}") == []
    [warning] = warnings(tmp_path, GOOD + NO_CHECK + sealers)
    assert warning == "auth.arc_sealers: count for nothing, as senders are not checked here (auth.check is not true)"
    request.getfixturevalue("without_extra")
    [warning] = warnings(tmp_path, f"{GOOD}[auth]\n{sealers}")
    assert warning.endswith("(the extra auth is not installed)")


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if dkimpy were not installed."""
    monkeypatch.setitem(sys.modules, "dkim", None)


@pytest.mark.parametrize(
    "proof",
    [
        '[trust]\nnetworks = ["10.0.0.0/8"]\n',
        "[auth]\n",
        '[[submission]]\nname = "d"\nlisten = "127.0.0.1:587"\nlogins_file = "l"\n',
    ],
)
def test_one_way_to_prove_a_sender_is_enough(tmp_path: Path, proof: str) -> None:
    others = NO_CHECK if "[auth]" not in proof else ""
    assert warnings(tmp_path, SMALL + SERVERS + others + proof) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (SMALL + RELAY, ["no mail can come in", "no mail can go out"]),
        (GOOD + '[trust]\nstrength_to_open = "none"\n', ["trust.strength_to_open: who forges a contact's address"]),
        (GOOD + '[trust]\nnetworks = ["0.0.0.0/0"]\n', ["trust.networks: every sender in 0.0.0.0/0 is believed"]),
        (SMALL + SERVERS + RELAY.replace("networks", "#"), ["relay: proves nobody, as no mailbox is read"]),
        (GOOD.replace("127.0.0.1:2525", "0.0.0.0:25"), ["smtp.listen: mail travels in clear"]),
        (GOOD + DUTY_QUEUE, ["queue.duty: no plan includes duty", "queue.duty: nobody is on duty"]),
        (GOOD + DUTY, ["duty: no queue has duty = true"]),
        (
            GOOD + '[[ladder]]\npercent = 60\nto = ["owner"]\n',
            ["plan.standard.warn_at: nobody is told at 50 %", "ladder.percent: no plan warns at 60 %"],
        ),
        (
            GOOD + AGENT.replace("support", "second"),
            ["queue.team: no agent is in team", "agent.teams: no queue is of team"],
        ),
        (GOOD + AGENT + CUSTOMER, ['customer: no contact of "bakery" may open a ticket']),
    ],
)
def test_what_is_unwise_is_told(tmp_path: Path, text: str, what: list[str]) -> None:
    found = warnings(tmp_path, text)
    assert len(found) == len(what)
    for warning, begins in zip(found, what, strict=True):
        assert warning.startswith(begins)


def test_a_roster_longer_than_the_directory_is_told(tmp_path: Path) -> None:
    plan = GOOD.replace('standard = "normal"', 'standard = "normal"\nduty = true')
    assert warnings(tmp_path, plan + DUTY_QUEUE + DUTY + AGENT) == [
        "duty.roster: the directory has no agent 2 (it has 1), so the step is left out"
    ]


def test_people_on_duty_whom_the_stored_directory_does_not_have_are_told_with_who_is_on_duty_instead(
    tmp_path: Path,
) -> None:
    shift = "from = 2026-12-24T18:00:00+01:00\nto = 2026-12-25T09:00:00+01:00\n"
    duty = f'[duty]\nroster = ["piet", "zoe"]\n[[duty.override]]\nperson = "kim"\n{shift}'
    desk = loaded(tmp_path, GOOD + duty)
    piet, ans = Agent("piet", "Piet", ("piet@desk.example",)), Agent("ans", "Ans", ("ans@desk.example",))

    def told(*agents: Agent, roster: tuple[str, ...] = ()) -> list[str]:
        return [line.partition(": ")[2] for line in duty_advice(desk, agents, roster)]

    left_out = 'duty.override.person: "kim" is no agent of the stored directory, so this is left out (on duty: '
    assert told(piet, ans) == [
        'duty.roster: "zoe" is no agent of the stored directory, so is left out (on duty: piet)',
        f"{left_out}piet)",
    ]
    assert [line.partition("(")[2] for line in told(ans)] == ["on duty: ans)"] * 3
    assert told(piet, ans, roster=("ans",)) == [f"{left_out}ans)"]
    assert told(piet, roster=("ans",))[0] == (
        'duty.roster: "ans" of the stored roster is no agent of it, so is left out (on duty: piet)'
    )
    assert told() == []
    assert duty_advice(loaded(tmp_path, GOOD), [piet]) == []


def test_a_topic_that_some_customers_read_in_another_language_is_told(tmp_path: Path) -> None:
    topic = 'outside.training = { nl = "opleiding" }\nlanguages = ["nl", "en"]'
    plan = GOOD.replace('standard = "normal"', f'standard = "normal"\n{topic}')
    assert warnings(tmp_path, plan) == [
        'plan.standard.outside.training: customers who read "en" are told the topic in another language'
    ]
    assert warnings(tmp_path, plan.replace("opleiding", 'opleiding", en = "training')) == []


def test_a_directory_file_that_is_to_be_applied_is_looked_at_like_the_desks_own(tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text(CUSTOMER)
    assert directory_advice(loaded(tmp_path, GOOD), tmp_path / "people.toml") == [
        f'{tmp_path}/people.toml:1: customer: no contact of "bakery" may open a ticket (give one the right "open")'
    ]
