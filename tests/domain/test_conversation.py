"""The choice of a claimant, with some that die, give up and come late; and what makes two mails one conversation."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.conversation import Clues, Waiting, choose, keys

CLAIMANTS = 3
SHARED = st.sampled_from("abcdefgh")


def waiting(number: int, shared: str, size: int = 1, free: bool = True) -> Waiting:
    return Waiting(number, size, frozenset(shared), free)


def ids(mails: Sequence[Waiting]) -> list[int]:
    return [mail.id for mail in mails]


@dataclass
class Queue:
    """The table as claimants see it: what waits, in order, and who has what in hand."""

    mails: list[Waiting]
    window: int
    in_hand: dict[int, list[Waiting]] = field(default_factory=dict)
    done: list[Waiting] = field(default_factory=list)

    def takes(self, claimant: int, most: int, max_bytes: int) -> list[Waiting]:
        held = {mail.id for mails in self.in_hand.values() for mail in mails}
        seen = [replace(mail, free=mail.id not in held) for mail in self.mails[: self.window]]
        taken = choose(seen, most, max_bytes)
        self.in_hand[claimant] = taken
        self.no_conversation_is_in_two_hands()
        return taken

    def ends(self, claimant: int, decided: int) -> None:
        """So many of what the claimant had are decided; the others it gives back, or dies over."""
        for mail in self.in_hand.pop(claimant, [])[:decided]:
            self.done.append(mail)
            self.mails = [other for other in self.mails if other.id != mail.id]

    def no_conversation_is_in_two_hands(self) -> None:
        held = [frozenset[str]().union(*(mail.keys for mail in mails)) for mails in self.in_hand.values()]
        assert sum(map(len, held)) == len(frozenset().union(*held))


@given(
    conversations=st.lists(st.tuples(st.frozensets(SHARED, max_size=3), st.integers(0, 50)), max_size=30),
    moves=st.lists(st.tuples(st.integers(0, CLAIMANTS - 1), st.integers(0, 4)), max_size=60),
    most=st.integers(1, 5),
    window=st.integers(1, 12),
)
def test_whoever_takes_dies_or_gives_up_each_conversation_is_decided_in_its_order(
    conversations: list[tuple[frozenset[str], int]], moves: list[tuple[int, int]], most: int, window: int
):
    mails = [Waiting(number, size, shared, True) for number, (shared, size) in enumerate(conversations)]
    queue = Queue(list(mails), window)
    for claimant, decided in moves:
        if claimant in queue.in_hand:
            queue.ends(claimant, decided)
        else:
            queue.takes(claimant, most, 60)
    for claimant in range(CLAIMANTS):
        queue.ends(claimant, 0)
    while queue.mails:
        assert queue.takes(0, most, 60), "nobody has anything in hand, and yet nothing is taken"
        queue.ends(0, most)
    for shared in {key for mail in mails for key in mail.keys}:
        order = [mail.id for mail in queue.done if shared in mail.keys]
        assert order == sorted(order)
    assert sorted(ids(queue.done)) == ids(mails)


def test_a_mail_that_is_in_hand_holds_up_its_conversation_and_no_other():
    rows = [waiting(1, "a", free=False), waiting(2, "a"), waiting(3, "b"), waiting(4, "ab"), waiting(5, "b")]
    assert ids(choose(rows, 16, 100)) == [3]


def test_a_claimant_takes_a_whole_conversation_in_its_order():
    rows = [waiting(1, "a"), waiting(2, "ab"), waiting(3, "b")]
    assert ids(choose(rows, 16, 100)) == [1, 2, 3]


def test_what_is_held_up_holds_up_what_comes_after_it():
    rows = [waiting(1, "a", free=False), waiting(2, "ab"), waiting(3, "bc"), waiting(4, "c"), waiting(5, "d")]
    assert ids(choose(rows, 16, 100)) == [5]


@pytest.mark.parametrize(("most", "taken"), [(1, [1]), (2, [1, 2]), (3, [1, 2, 3])])
def test_no_more_are_taken_than_one_wants(most: int, taken: list[int]):
    assert ids(choose([waiting(1, "a"), waiting(2, "b"), waiting(3, "c")], most, 100)) == taken


def test_the_first_is_taken_however_large_and_of_the_others_those_that_fit():
    rows = [waiting(1, "a", size=150), waiting(2, "b", size=1)]
    assert ids(choose(rows, 16, 100)) == [1]
    rows = [waiting(1, "a", size=40), waiting(2, "b", size=61), waiting(3, "b", size=1), waiting(4, "c", size=60)]
    assert ids(choose(rows, 16, 100)) == [1, 4]


BEFORE = Clues("anna@bakery.example", ("<1@bakery.example>",))


@pytest.mark.parametrize(
    ("clues", "party", "tickets"),
    [
        (Clues("anna@bakery.example"), "", ()),
        (Clues("bram@bakery.example"), "bakery", ()),
        (Clues("piet@desk.example", ("<9@desk.example>", "<1@bakery.example>")), "piet", ()),
        (Clues("piet@desk.example"), "piet", (("HD-1001", "bakery"),)),
    ],
    ids=["author", "customer", "thread", "ticket of the customer"],
)
def test_a_mail_belongs_to_one_conversation_with_an_earlier_one_by(
    clues: Clues, party: str, tickets: tuple[tuple[str, str], ...]
):
    assert keys(BEFORE, "bakery", ()) & keys(clues, party, tickets)


def test_a_ticket_without_customer_has_a_key_of_its_own():
    one, other = keys(Clues("a@x.example"), "", (("HD-1", ""),)), keys(Clues("b@y.example"), "", (("HD-1", ""),))
    assert one & other
    assert not keys(Clues("c@z.example"), "", (("HD-2", ""),)) & other


def test_strangers_have_nothing_in_common():
    assert not keys(Clues("a@x.example", ("<1>",)), "", ()) & keys(Clues("b@x.example", ("<2>",)), "", ())


@given(st.text(), st.lists(st.text(), max_size=5))
def test_keys_are_short_and_have_no_blank_whatever_they_are_made_of(author: str, message_ids: list[str]):
    made = keys(Clues(author, tuple(message_ids)), author, [(author, author)])
    assert all(len(key) == 8 and not key.isspace() and " " not in key for key in made)
