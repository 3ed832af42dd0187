"""Attack row A17: what is no approval, through the whole desk."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from helpdeskd.domain.ticket import Status
from tests.attacks.tokens import keyring, to
from tests.world import ANNA, PIET, STRANGER, Sent, World

DORA, BEN, TOM = (
    "Dora Dekker <dora@dentist.example>",
    "Ben Blom <ben@dentist.example>",
    "Tom Teller <tom@dentist.example>",
)
SPF = {"Authentication-Results": "mx.desk.example; spf=pass smtp.mailfrom=dentist.example"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    """Ben has asked something, and Piet asks Dora and Tom for two hours more."""
    with World(tmp_path / "desk") as world:
        world.receives(BEN, text="Please move the archive.")
        world.replies(PIET, world.last("piet"), "/take\n/estimate 2h Moving the archive")
        world.news()
        yield world


def approved(world: World) -> int:
    return world.story().count("EstimateApproved")


def asked(world: World, person: str = "dora") -> Sent:
    return world.last(person, "approval-request")


NO_APPROVALS = {
    "from nobody proved": (DORA, "approve", {"strength": "none"}),
    "proved by SPF alone": (DORA, "approve", {"strength": "none", "headers": SPF}),
    "from a contact without the right": (BEN, "approve", {}),
    "from a contact of another customer": (ANNA, "approve", {}),
    "from an agent": (PIET, "approve", {}),
    "from a stranger": (STRANGER, "approve", {}),
    "by somebody else who may approve, to this address": (TOM, "approve", {}),
    "in a sentence": (DORA, "I approve of your garden.", {}),
    "in a longer first line": (DORA, "Approve? Never!", {}),
    "on the second line": (DORA, "Dear desk,\napprove", {}),
    "in a quote": (DORA, "> approve\n\nWhat is this about?", {}),
    "in the signature": (DORA, "What is this about?\n-- \napprove", {}),
    "in a forwarded mail": (
        DORA,
        "See below.\n\n-------- Forwarded Message --------\nFrom: X <x@x.example>\nSubject: a\n\napprove",
        {},
    ),
    "as a vacation note": (DORA, "yes", {"headers": {"Auto-Submitted": "auto-replied"}}),
    "as a vacation note that hides what it is": (DORA, "Yes, I'm back on Monday.", {}),
    "in letters that only look so": (DORA, "\u0430pprove", {}),
    "as a word of another kind": (DORA, "approval", {}),
    "by a list": (DORA, "approve", {"headers": {"List-Id": "<all.dentist.example>"}}),
}


@pytest.mark.parametrize("form", NO_APPROVALS)
def test_a17_it_is_no_approval(desk: World, form: str) -> None:
    person, text, parts = NO_APPROVALS[form]
    desk.replies(person, asked(desk), text, **parts)
    assert approved(desk) == 0
    assert desk.ticket().status in {Status.APPROVAL, Status.OPEN}
    assert "EstimateApproved" not in desk.story()


def test_a17_a_keyword_in_html_alone_is_none(desk: World) -> None:
    mail = EmailMessage(SMTP)
    request = asked(desk).message
    mail["Received"] = "from mx.desk.example ([192.0.2.25]) by desk.example; Mon, 23 Nov 2026 10:00:00 +0100"
    mail["Authentication-Results"] = "mx.desk.example; dmarc=pass header.from=dentist.example"
    mail["From"], mail["To"], mail["Subject"] = DORA, request.header("Reply-To"), "Re: it"
    mail.set_content("<p>approve</p>", subtype="html")
    desk.takes(mail.as_bytes(), request.header("Reply-To"), DORA)
    assert approved(desk) == 0


def test_a17_what_counts_is_told_to_all_who_could_and_counts_once(desk: World) -> None:
    request = asked(desk)
    assert desk.replies(DORA, request, "approve").fate == "approval"
    assert approved(desk) == 1
    assert {"dora approval-result", "tom approval-result", "ben approval-result"} <= set(desk.news())
    for person, mail in ((DORA, request), (TOM, asked(desk, "tom"))):
        assert desk.replies(person, mail, "approve").fate == "added"
    assert approved(desk) == 1


@pytest.mark.parametrize("line", ["/estimate 4h", "/estimate 2h", "/close"])
def test_a17_an_approval_of_what_was_changed_since_is_none(desk: World, line: str) -> None:
    request = asked(desk)
    desk.replies(PIET, desk.last("piet"), line)
    desk.replies(DORA, request, "approve")
    assert approved(desk) == 0


def test_a17_an_approval_after_its_time_is_none(desk: World) -> None:
    request = asked(desk)
    desk.advance(days=40)
    desk.replies(DORA, request, "approve")
    assert approved(desk) == 0


@pytest.mark.parametrize("wrong", ["purpose", "estimate", "ticket", "expired"])
def test_a17_an_address_for_something_else_approves_nothing(desk: World, wrong: str) -> None:
    keys, now = keyring(desk), desk.now
    token = {
        "purpose": keys.issue(1, "dora@dentist.example", "r", now),
        "estimate": keys.issue(1, "dora@dentist.example", "a", now, about=2),
        "ticket": keys.issue(2, "dora@dentist.example", "a", now, about=1),
        "expired": keys.issue(1, "dora@dentist.example", "a", now - timedelta(days=402), about=1),
    }[wrong]
    desk.receives(DORA, to(token), "Re: [HD-1001] it", "approve")
    assert approved(desk) == 0
    desk.receives(DORA, to(keys.issue(1, "dora@dentist.example", "a", now, about=1)), "Re: it", "approve")
    assert approved(desk) == 1
