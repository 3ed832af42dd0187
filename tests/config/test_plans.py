"""Plans are read as they are written, or refused where they stand."""

from fractions import Fraction
from pathlib import Path

import pytest

from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.plan import CardOffer, ContactRules, Priority, PriorityBy, TargetRule, Without
from helpdeskd.domain.target import TargetKind
from tests.config.small_desk import CALENDAR, DESK, QUEUE, errors, loaded

HEAD = DESK + CALENDAR + QUEUE
LINE = HEAD.count("\n") + 1
NORMAL = '[[plan.standard.priority]]\nname = "normal"\n'
PLAN = f"""\
[plan.standard]
standard = "normal"
priority_by = "highest until triaged"
kinds = ["problem"]
pauses = []
warn_at = [100, 50]
without_contract = "billable"
duty = true
duty_may_cost = true
asks_for = ["steps", "web address"]
[[plan.standard.priority]]
name = "high"
response = "1 working hour"
next_response = "2 hours"
resolution = "2 working days"
goal = true
{NORMAL}"""


def test_a_plan_says_what_it_promises_and_allows(tmp_path: Path) -> None:
    plan = loaded(tmp_path, HEAD + PLAN).desk.plans["standard"]
    assert plan.priorities == (
        Priority(
            "high",
            (
                TargetRule(TargetKind.RESPONSE, parse_amount("1 working hour"), promised=False),
                TargetRule(TargetKind.NEXT_RESPONSE, parse_amount("2 hours"), promised=False),
                TargetRule(TargetKind.RESOLUTION, parse_amount("2 working days"), promised=False),
            ),
        ),
        Priority("normal"),
    )
    assert (plan.highest, plan.standard, plan.priority_by) == ("high", "normal", PriorityBy.HIGHEST)
    assert (plan.kinds, plan.pauses, plan.asks_for) == (("problem",), frozenset(), ("steps", "web address"))
    assert plan.shares == (Fraction(1, 2), Fraction(1))
    assert (plan.without_contract, plan.duty, plan.duty_may_cost) == (Without.BILLABLE, True, True)


RULES = f"""\
[plan.standard]
standard = "normal"
contacts = {{ most = 2, roles = ["site", "general"], inform = "all contacts" }}
outside.training = {{ nl = "opleiding", en = "training" }}
remote_only = true
to_manager = ["problem"]
duty_by_agreement = true
callout_start = "30 minutes"
welcome_card = "3 hours"
[[plan.standard.card]]
hours = 5
price = "400.00"
{NORMAL}"""


def test_a_plan_says_whom_it_serves_and_what_it_does_not_cover(tmp_path: Path) -> None:
    plan = loaded(tmp_path, HEAD + RULES).desk.plans["standard"]
    assert plan.contacts == ContactRules(2, ("site", "general"), inform_all=True)
    assert plan.outside == {"training": {"nl": "opleiding", "en": "training"}}
    assert (plan.remote_only, plan.to_manager) == (True, ("problem",))
    assert (plan.duty_by_agreement, plan.callout_start) == (True, parse_amount("30 minutes"))
    assert (plan.welcome_card, plan.cards) == (180, (CardOffer(300, 400_00),))


def test_a_plan_that_asks_for_none_of_it_serves_everybody(tmp_path: Path) -> None:
    plan = loaded(tmp_path, HEAD + f'[plan.standard]\nstandard = "normal"\n{NORMAL}').desk.plans["standard"]
    assert plan.contacts == ContactRules(None, (), inform_all=False)
    assert (plan.outside, plan.remote_only, plan.to_manager, plan.welcome_card) == ({}, False, (), 0)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (
            f'[plan.standard]\nstandard = "nomal"\n{NORMAL}',
            1,
            'standard: the plan has no priority "nomal" (it has: normal)',
        ),
        ('[plan.standard]\nstandard = "normal"\n', 0, "priority: is missing"),
        ('[plan.standard]\nstandard = "normal"\npriority = []\n', 2, "priority: is empty"),
        (f'[plan.standard]\nstandard = "normal"\n{NORMAL}{NORMAL}', 2, 'two priorities are called "normal"'),
        (f'[plan.standard]\nstandard = "normal"\ncalendar = "home"\n{NORMAL}', 2, 'there is no calendar "home"'),
        (f'[plan.standard]\nstandard = "normal"\npriority_by = "me"\n{NORMAL}', 2, "\"me\" is not known (one of 'ask'"),
        (f'[plan.standard]\nstandard = "normal"\nasks_for = ["0 words"]\n{NORMAL}', 2, '"0 words" is nothing that'),
        (f'[plan.standard]\nstandard = "normal"\nasks_for = ["shoes"]\n{NORMAL}', 2, '"shoes" is nothing that'),
        (f'[plan.standard]\nstandard = "normal"\nwarn_at = [0]\n{NORMAL}', 2, "0 is out of bounds"),
        (f'[plan.standard]\nstandard = "normal"\n{NORMAL}response = "0 hours"\n', 4, '"0 hours" is nothing'),
        (f'[plan.standard]\nstandard = "normal"\n{NORMAL}response = 4\n', 4, "must be text"),
        (
            f'[plan.standard]\nstandard = "normal"\nto_manager = ["complaint"]\n{NORMAL}',
            2,
            'to_manager: the plan has no kind "complaint" (it has: question, problem)',
        ),
        (f'[plan.standard]\nstandard = "normal"\ncontacts.most = 0\n{NORMAL}', 2, "contacts.most: 0 is out of"),
        (
            f'[plan.standard]\nstandard = "normal"\ncontacts.roles = ["boss"]\n{NORMAL}',
            2,
            "contacts.roles: \"boss\" is not known (one of 'general'",
        ),
        (f'[plan.standard]\nstandard = "normal"\nterms = "years"\n{NORMAL}', 2, 'terms: "years" is not known'),
        (
            f'[plan.standard]\nstandard = "normal"\noutside.training = "no"\n{NORMAL}',
            2,
            "outside.training: must be a table",
        ),
    ],
)
def test_what_is_no_plan_is_refused_where_it_stands(tmp_path: Path, text: str, line: int, what: str) -> None:
    [error] = errors(tmp_path, HEAD + text)
    assert error.startswith(f"config.toml:{LINE + line}: plan.standard.")
    assert what in error
