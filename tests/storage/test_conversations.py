"""The keys of a mail, by what the desk knows of whom and what its header names."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdeskd.domain.conversation import Clues, keys
from helpdeskd.domain.message import Envelope
from helpdeskd.storage import arrivals, conversations, db
from helpdeskd.storage.tables import proxy

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
KNOWN = (
    "INSERT INTO known_address (address, customer, agent) VALUES ('anna@bakery.example', 'bakery', '')",
    "INSERT INTO known_address (address, customer, agent) VALUES ('piet@desk.example', '', 'piet')",
    "INSERT INTO known_domain (domain, customer) VALUES ('school.example', 'school')",
    "INSERT INTO ticket (id, reference, customer, status, owner, plan, on_quota, state) "
    "VALUES (7, 'HD-1007', 'bakery', 'new', '', '', TRUE, '{}')",
)


@pytest.fixture(autouse=True)
def known(state: Path) -> None:
    with db.transaction():
        for statement in KNOWN:
            proxy.execute_sql(statement)


def kept(*clues: Clues) -> list[frozenset[str]]:
    """The keys of mails with these clues that come together."""
    mails = [
        arrivals.arrival([Envelope("", "support@desk.example", NOW)], str(number).encode())
        for number in range(len(clues))
    ]
    with db.transaction():
        ids = arrivals.put(mails)
        conversations.note(list(zip(ids, clues, strict=True)))
        rows = proxy.execute_sql("SELECT keys FROM inbox ORDER BY id").fetchall()
    return [conversations.kept(text) for (text,) in rows]


def test_each_mail_of_a_group_has_the_keys_of_its_own_clues():
    contact, agent, pupil, stranger = (
        Clues("anna@bakery.example", ("<1@bakery.example>",)),
        Clues("piet@desk.example", ticket_ids=(7, 8)),
        Clues("kim@school.example", references=("HD-1007", "HD-9999")),
        Clues("sam@elsewhere.example"),
    )
    named = [("HD-1007", "bakery")]
    assert kept(contact, agent, pupil, stranger) == [
        keys(contact, "bakery", ()),
        keys(agent, "piet", named),
        keys(pupil, "school", named),
        keys(stranger, "", ()),
    ]


def test_a_mail_without_clues_is_one_without_author():
    assert kept(Clues()) == [conversations.UNKNOWN]
    assert conversations.kept("") == conversations.UNKNOWN
