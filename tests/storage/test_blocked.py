"""Blocked senders: by address, with who did it first."""

from pathlib import Path

from helpdeskd.storage import blocked, db
from helpdeskd.storage.blocked import Blocked
from tests.storage.values import MINUTE, NOW

SAM = "sam@elsewhere.example"


def test_an_address_is_blocked_until_somebody_undoes_it(state: Path) -> None:
    with db.transaction():
        blocked.block(SAM, "piet", NOW)
        blocked.block(SAM, "ans", NOW + MINUTE)
        assert blocked.listed() == [Blocked(SAM, "piet", NOW)]
        assert blocked.is_blocked(SAM)
        assert not blocked.is_blocked("tim@elsewhere.example")
        assert blocked.unblock(SAM)
        assert not blocked.unblock(SAM)
        assert not blocked.is_blocked(SAM)
