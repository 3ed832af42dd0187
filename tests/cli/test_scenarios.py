"""Each example, played for two weeks, is what its company's page promises; here what holds for all of them."""

from collections import defaultdict

import pytest

from tests.cli.program import ROOT, Program
from tests.cli.scenarios import story

FATES = {
    "prepaid-card": {
        "opened": "course order tests teacher meetings quiz night certificates",
        "added": "course-details course-works thanks priya-agrees",
        "approval": "marieke-agrees marieke-agrees-to-less marieke-declines",
        "commands": "saldo",
        "sent back": "typo too-much",
        "recorded": "joost-away marieke-away",
        "held": "lapsed",
    },
    "reference-persons": {
        "opened": "medication roster server complaint training change visit",
        "added": "thanks luc-confirms tom-asks-supplier luc-agrees disk-replaced",
        "approval": "luc-adopts greet-agrees greet-declines greet-agrees-to-visit",
        "sent back": "typo too-early",
        "recorded": "greet-away",
        "held": "nurse unpaid",
        "refused": "tom-adopts no-role",
    },
    "standby-hosting": {
        "opened": "bug feature evening gallery payments down prices",
        "added": "thanks daan-agrees payments-again again",
        "approval": "eva-agrees ida-agrees",
        "sent back": "typo",
        "recorded": "eva-away",
    },
    "best-effort": {
        "opened": "outlook calendar printer mailbox spam spam-too teams saturday phone signature visit shared-mailbox "
        "holiday-note excel scanner licences",
        "added": "thanks bram-agrees",
        "approval": "anna-agrees bram-adopts",
        "sent back": "typo",
        "recorded": "anna-away",
        "held": "trainee",
    },
    "round-the-clock": {
        "opened": "printer remote mailbox till password archive xray",
        "added": "thanks peter-agrees",
        "approval": "hanne-agrees",
        "sent back": "typo",
        "recorded": "hanne-away",
        "held": "stranger",
    },
}
OUR_DOMAIN = "@desk.example"

every = pytest.mark.parametrize("name", FATES)


@every
def test_each_example_is_in_order_without_a_warning(name: str, helpdeskd: Program) -> None:
    told = helpdeskd("check", "--config", ROOT / "examples" / f"{name}.toml")
    assert (told.status, told.err) == (0, "")


@every
def test_every_mail_has_the_fate_that_its_writer_may_expect(name: str) -> None:
    fates = defaultdict(list)
    for row in story(name).mails_in:
        if row["reason"].startswith("nothing was done"):
            fates["sent back"].append(row["id"])
        elif not row["id"].startswith("mail-"):
            fates[row["fate"]].append(row["id"])
        else:
            assert row["fate"] in {"commands", "added"}
    assert fates == {fate: names.split() for fate, names in FATES[name].items()}


@every
def test_no_command_of_an_agent_reaches_a_customer(name: str) -> None:
    customers = [row["text"] for row in story(name).mails() if not row["to"].endswith(OUR_DOMAIN)]
    assert customers
    assert not [line for text in customers for line in text.splitlines() if line.startswith("/")]


@every
def test_a_vacation_note_is_answered_by_nobody(name: str) -> None:
    away = [row["id"] for row in story(name).mails_in if row["id"].endswith("-away")]
    assert away
    assert [story(name).answers(mail) for mail in away] == [set()] * len(away)


@every
def test_a_mistyped_command_does_nothing_and_the_agent_gets_the_mail_back(name: str) -> None:
    [answer] = story(name).answers("typo")
    assert answer.endswith(" agent-error")


@every
def test_who_may_not_approve_is_told_and_nothing_is_approved(name: str) -> None:
    played = story(name)
    [mail] = (row for row in played.mails_in if row["reason"].startswith("no approval: no-right"))
    writer = mail["id"].partition("-")[0]
    assert f"{writer} approval-result" in played.answers(mail["id"])
    approved = [
        row for row in played.rows if row.get("event") == "EstimateApproved" and row["ticket"] == mail["ticket"]
    ]
    [approver] = (row["by"].partition("@")[0] for row in approved)
    assert approver != writer


@every
def test_a_word_of_thanks_is_read_by_the_one_who_solved_it(name: str) -> None:
    [answer] = story(name).answers("thanks")
    assert answer.endswith(" agent-update")
