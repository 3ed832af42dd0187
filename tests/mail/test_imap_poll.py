"""One pass over a folder: every mail gets a fate, and none leaves the folder before it has one."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from imaplib import IMAP4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail.imap_poll import (
    BATCH,
    BATCH_BYTES,
    FULL_PASS_SECONDS,
    STRIKES,
    Poller,
    Report,
    chunks,
    groups,
)
from helpdeskd.mail.imap_session import Listed, Session
from helpdeskd.mail.imap_settings import ImapSettings
from tests.mail.memory_inbox import MemoryInbox
from tests.servers.scripted_imap import CUT, Script, ScriptedImap, fetched, folder_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MAILS = {uid: b"Subject: %d\r\n\r\nbody\r\n" % uid for uid in (3, 4, 9)}


@dataclass
class Desk:
    """A mailbox at a scripted server: each `poll` is a new connection, as after a fault, unless it is kept."""

    server: ScriptedImap
    inbox: MemoryInbox
    max_size: int = 10_000
    now: float = 0.0
    woken: int = 0
    poller: Poller = field(init=False)

    def __post_init__(self) -> None:
        self.settings = ImapSettings(
            name="support",
            host=self.server.host,
            port=self.server.port,
            tls="none",
            user="support",
            password=lambda: "secret",
            address="support@desk.example",
            max_size=self.max_size,
        )
        self.poller = Poller(self.settings, self.inbox, lambda _: False, lambda: self.now)

    @contextmanager
    def connected(self) -> Iterator[Session]:
        with closing(Session(self.settings)) as session:
            session.login()
            self.poller.expect_full_pass()
            yield session

    def pass_over(self, session: Session) -> Report:
        return self.poller.poll(session, self.wake)

    def poll(self) -> Report:
        with self.connected() as session:
            return self.pass_over(session)

    def wake(self) -> None:
        self.woken += 1

    def said(self, verb: str) -> list[str]:
        return [line for line in self.server.commands if line.startswith(verb)]


@contextmanager
def desk_with(script: Script, inbox: MemoryInbox | None = None, max_size: int = 10_000) -> Iterator[Desk]:
    with ScriptedImap(script) as server:
        yield Desk(server, inbox or MemoryInbox(), max_size)


def breaking_at(bad: int) -> Callable[[str], bytes]:
    """UID FETCH of a server that hangs up whenever it is asked for the body of one mail."""

    def answer(line: str) -> bytes:
        asked = line.split()[2].split(",")
        return CUT if "BODY" in line and str(bad) in asked else fetched(MAILS, line)

    return answer


def test_new_mail_is_committed_in_its_order_and_then_moved() -> None:
    with desk_with(folder_of(MAILS)) as desk:
        report = desk.poll()
        assert (report.taken, report.without_fate, report.troubles) == (3, 0, ())
        assert desk.inbox.raws == list(MAILS.values())
        assert desk.said("UID MOVE") == ['UID MOVE 3,4,9 "Processed"']
        assert desk.woken == 1


def test_the_date_of_receipt_is_the_mailbox_s_and_the_account_is_its_name() -> None:
    with desk_with(folder_of(MAILS)) as desk:
        desk.poll()
        envelope = desk.inbox.envelopes[0]
        assert envelope.received_at == datetime(2026, 2, 1, 9, tzinfo=UTC)
        assert (envelope.source, envelope.account, envelope.forward_path) == ("imap", "support", "support@desk.example")


def test_what_is_in_the_inbox_already_is_moved_and_not_put_again() -> None:
    with desk_with(folder_of(MAILS)) as desk:
        desk.poll()
        again = desk.poll()
        assert (again.taken, desk.inbox.puts) == (0, 3)
        assert desk.said("UID MOVE")[1:] == ['UID MOVE 3,4,9 "Processed"']


def test_f12_equal_uids_under_another_uidvalidity_are_other_mails() -> None:
    with ScriptedImap(folder_of(MAILS)) as server:
        inbox = MemoryInbox()
        Desk(server, inbox).poll()
    with ScriptedImap(folder_of(MAILS, uidvalidity=8)) as server:
        assert Desk(server, inbox).poll().taken == 3
    assert len(inbox.rows) == 6


def test_between_full_passes_only_higher_uids_are_asked_for() -> None:
    with desk_with(folder_of(MAILS)) as desk, desk.connected() as session:
        assert desk.pass_over(session).without_fate == 0
        assert desk.pass_over(session).without_fate is None
        assert desk.said("UID SEARCH") == ["UID SEARCH UID 1:*", "UID SEARCH UID 1:*", "UID SEARCH UID 10:*"]


def test_a_full_pass_is_made_every_hour() -> None:
    with desk_with(folder_of(MAILS)) as desk, desk.connected() as session:
        desk.pass_over(session)
        desk.now = FULL_PASS_SECONDS - 1
        assert desk.pass_over(session).without_fate is None
        desk.now = FULL_PASS_SECONDS
        assert desk.pass_over(session).without_fate == 0


def test_a_mail_is_not_moved_when_its_commit_fails_and_comes_in_with_the_next_pass() -> None:
    full = [True]

    def disk(raw: bytes) -> None:
        if full[0] and raw == MAILS[4]:
            raise OSError(28, "No space left on device")

    with desk_with(folder_of(MAILS), MemoryInbox(disk)) as desk:
        with pytest.raises(OSError, match="No space"):
            desk.poll()
        assert desk.said("UID MOVE") == []
        full[0] = False
        assert desk.poll().taken == 2
        assert desk.inbox.raws == list(MAILS.values())


def test_f13_a_mail_that_somebody_took_away_meanwhile_costs_nothing() -> None:
    gone = {**folder_of(MAILS), "UID FETCH": lambda line: fetched({3: MAILS[3], 9: MAILS[9]}, line)}
    with desk_with(gone) as desk:
        assert desk.poll().taken == 2
        assert desk.inbox.raws == [MAILS[3], MAILS[9]]


def test_a_mail_that_is_there_and_is_never_handed_over_is_counted() -> None:
    withheld = {**folder_of(MAILS), "UID FETCH": lambda line: fetched({3: MAILS[3]}, line)}
    with desk_with(withheld) as desk:
        assert desk.poll().without_fate == 2


def test_f11_a_mail_that_breaks_the_connection_costs_itself_and_is_tried_again_after_an_hour() -> None:
    with desk_with({**folder_of(MAILS), "UID FETCH": breaking_at(4)}) as desk:
        for _ in range(STRIKES):
            with pytest.raises((IMAP4.abort, OSError)):
                desk.poll()
        assert desk.inbox.raws == [MAILS[3], MAILS[9]]
        assert desk.poll().without_fate == 1
        desk.now = FULL_PASS_SECONDS
        with pytest.raises((IMAP4.abort, OSError)):
            desk.poll()


def test_a_refused_move_is_told_and_tried_again_while_mail_keeps_coming_in() -> None:
    refused = {**folder_of(MAILS), "UID MOVE": [b"NO [OVERQUOTA] full", b""]}
    with desk_with(refused) as desk, desk.connected() as session:
        first = desk.pass_over(session)
        assert (first.taken, len(desk.inbox.rows)) == (3, 3)
        assert "full" in first.troubles[0]
        assert desk.pass_over(session).troubles == ()
        assert len(desk.said("UID MOVE")) == 2


def test_mail_that_came_during_a_full_pass_asks_for_another_before_waiting() -> None:
    late = {**folder_of(MAILS), "UID SEARCH": [b"* SEARCH\r\n", b"* SEARCH 3\r\n", b"* SEARCH 3\r\n", b"* SEARCH\r\n"]}
    with desk_with(late) as desk, desk.connected() as session:
        first = desk.pass_over(session)
        assert (first.taken, first.more, first.without_fate) == (0, True, 0)
        assert desk.pass_over(session).taken == 1


def test_only_a_mail_over_the_limit_is_left_unfetched_and_its_fate_is_kept() -> None:
    mails = {1: b"Subject: fits\r\n\r\n" + b"x" * 83, 2: b"Subject: large\r\n\r\n" + b"x" * 83}
    assert [len(raw) for raw in mails.values()] == [100, 101]
    with desk_with(folder_of(mails), max_size=100) as desk:
        report = desk.poll()
        assert (report.taken, report.without_fate) == (2, 0)
        assert desk.inbox.raws == [mails[1]]
        assert list(desk.inbox.too_large.values()) == [(b"Subject: large\r\n\r\n", 101)]


@pytest.mark.parametrize(("count", "moves"), [(BATCH, 1), (BATCH + 1, 2)])
def test_mails_are_fetched_and_moved_fifty_at_a_time(count: int, moves: int) -> None:
    with desk_with(folder_of({uid: b"Subject: %d\r\n\r\n" % uid for uid in range(1, count + 1)})) as desk:
        assert desk.poll().taken == count
        assert len(desk.said("UID MOVE")) == len([line for line in desk.said("UID FETCH") if "BODY" in line]) == moves


@given(st.lists(st.integers(0, 2 * BATCH_BYTES), max_size=20))
def test_mails_held_in_memory_together_stay_within_the_limit_and_in_their_order(sizes: list[int]) -> None:
    listing = {uid: Listed(size, NOON) for uid, size in enumerate(sizes)}
    made = list(groups(listing))
    assert [uid for group in made for uid in group] == list(listing)
    assert all(len(group) == 1 or sum(listed.size for listed in group.values()) <= BATCH_BYTES for group in made)


@given(st.lists(st.integers()), st.integers(1, 10))
def test_chunks_lose_nothing_and_are_never_too_large(uids: list[int], size: int) -> None:
    made = list(chunks(uids, size))
    assert [uid for chunk in made for uid in chunk] == uids
    assert all(0 < len(chunk) <= size for chunk in made)
