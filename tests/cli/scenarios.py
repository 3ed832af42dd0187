"""The scenarios of the examples, played once each, as the tests ask about them.

A mail in is called by its id, a ticket by the mail that opened it, and a person by the name in their address. Times are
on the clock of the desk.
"""

from functools import cache
from typing import Any

from tests.cli.program import ROOT, in_a_process

Row = dict[str, Any]
Line = tuple[str, str, int, str, str]


class Story:
    """What `simulate --json` tells of a scenario."""

    def __init__(self, name: str) -> None:
        ran = in_a_process("simulate", ROOT / "tests" / "scenarios" / f"{name}.toml", "--json")
        assert (ran.status, ran.err) == (0, "")
        self.rows = ran.rows
        self.tickets: dict[str, Row] = {row["opened_by"]: row for row in self.rows if row["type"] == "ticket"}
        self._opened_by = {row["reference"]: mail for mail, row in self.tickets.items()}

    @property
    def mails_in(self) -> list[Row]:
        return [row for row in self.rows if row["type"] == "mail-in"]

    def mails(self, to: str = "", notice: str = "", about: str = "") -> list[Row]:
        """Mails of the desk to a person, of a notice, about a ticket."""
        reference = self.reference(about) if about else ""
        return [
            row
            for row in self.rows
            if row["type"] == "mail-out"
            and to in {"", person(row)}
            and notice in {"", row["notice"]}
            and reference in {"", row["ticket"]}
        ]

    def texts(self, to: str = "", notice: str = "", about: str = "") -> list[str]:
        """What these mails say."""
        return [row["text"] for row in self.mails(to, notice, about)]

    def told(self, notice: str, about: str = "") -> list[str]:
        """Who got a notice, in order."""
        return [person(row) for row in self.mails(notice=notice, about=about)]

    def answers(self, mail: str) -> set[str]:
        """What the desk wrote at once because of a mail, as `anna reply`."""
        place = next(number for number, row in enumerate(self.rows) if row.get("id") == mail)
        found = set()
        for row in self.rows[place + 1 :]:
            if row["type"] not in {"event", "page", "mail-out"} or row["at"] != self.rows[place]["at"]:
                break
            if row["type"] == "mail-out":
                found.add(f"{person(row)} {row['notice']}")
        return found

    def reference(self, mail: str) -> str:
        return str(self.tickets[mail]["reference"])

    def pages(self, mail: str) -> list[tuple[str, str]]:
        """When somebody was woken for a ticket, and who."""
        pages = (row for row in self.rows if row["type"] == "page" and row["ticket"] == self.reference(mail))
        return [(row["at"][11:16], row["person"]) for row in pages]

    def outcome(self, mail: str) -> str:
        """How the request was served."""
        return str(self.tickets[mail]["entitlement"]["outcome"])

    def minutes(self, mail: str) -> tuple[int, int, int]:
        """Of a ticket: worked, charged, not approved."""
        minutes = self.tickets[mail]["minutes"]
        return minutes["real"], minutes["charged"], minutes["unapproved"]

    def targets(self, mail: str) -> dict[str, tuple[str, str, bool]]:
        """Of a ticket: when each was due and met, and whether it was breached."""
        return {
            row["target"]: (row["due"][:16], (row["met"] or "")[:16], bool(row["breached"]))
            for row in self.tickets[mail]["targets"]
        }

    def statement(self, customer: str, month: str = "2026-11") -> Row:
        statements = [row for row in self.rows if row["type"] == "statement"]
        [row] = [row for row in statements if (row["customer"], row["month"]) == (customer, month)]
        return row

    def lines(self, customer: str, month: str = "2026-11") -> list[Line]:
        """Of a statement: kind, ticket, minutes, rate, amount."""
        return [
            (row["kind"], self._opened_by.get(row["ticket"], ""), row["minutes"], row["rate"], row["amount"])
            for row in self.statement(customer, month)["lines"]
        ]

    def totals(self, customer: str, month: str = "2026-11") -> tuple[str, str, str]:
        """Of a statement: net, VAT, total."""
        statement = self.statement(customer, month)
        return statement["net"], statement["vat"], statement["total"]


@cache
def story(name: str) -> Story:
    """The scenario of that name."""
    return Story(name)


def person(row: Row) -> str:
    """To whom a mail went."""
    return str(row["to"].partition("@")[0])
