"""What may be charged on a ticket, and from where it is paid: the two things that run out (policies, rules 5 and 6).

An `Authority` is the contract's minutes, then each approval in the order in which they were given; an approval of an
amount of money ends with the last minute that the amount pays. A `Purse` is the customer's cards, oldest first, or the
statement, which never runs out. Both are used up while one ticket is settled and belong to nobody else.

Nothing is granted or paid twice: what they give in all is at most what was put in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from helpdeskd.domain.card import Balance
from helpdeskd.domain.entry import Approval
from helpdeskd.domain.tariff import HOUR, price


@dataclass(slots=True)
class _Pot:
    """Minutes, None without limit; cents, None without limit; the approver, "" for the contract."""

    minutes: int | None
    cents: int | None = None
    by: str = ""

    def take(self, minutes: int, rate: int) -> int:
        """As many minutes at a rate as there are, up to `minutes`."""
        if self.minutes is not None:
            minutes = min(minutes, self.minutes)
            self.minutes -= minutes
        if self.cents is not None and rate:
            minutes = min(minutes, _payable(self.cents, rate))
            self.cents -= price(minutes, rate)
        return minutes


class Authority:
    """The minutes of the contract (None: all), then the approvals in the order of their time."""

    def __init__(self, contract: int | None, approvals: Iterable[Approval]) -> None:
        self._given = 0
        given = sorted(approvals, key=lambda approval: approval.at)
        self._pots = [_Pot(contract), *(_Pot(each.minutes, each.cents, each.by) for each in given)]

    def close(self, least: int) -> None:
        """From now on the contract gives no more than what it still lacks to `least` minutes."""
        if self._pots and not self._pots[0].by:
            self._pots[0].minutes = max(0, least - self._given)

    def room(self, minutes: int) -> int:
        """How many of some minutes can be granted, amounts of money aside."""
        left = 0
        for pot in self._pots:
            if pot.minutes is None:
                return minutes
            left += pot.minutes
        return min(minutes, left)

    def grant(self, minutes: int, rate: int) -> Iterator[tuple[int, str]]:
        """Up to `minutes` at cents an hour, by who approved them ("" for the contract), none of them twice.

        An approval that cannot give all that is asked of it is used up for good.
        """
        while minutes and self._pots:
            pot = self._pots[0]
            if given := pot.take(minutes, rate):
                self._given += given
                yield given, pot.by
            minutes -= given
            if minutes:
                del self._pots[0]


class Purse:
    """The cards that a ticket is settled from, oldest first, or with None the statement."""

    def __init__(self, cards: Sequence[Balance] | None) -> None:
        self.by_card = cards is not None
        self._left = {card.card: max(0, card.minutes) for card in cards or ()}

    def payable(self, minutes: int) -> int:
        """How many of some minutes can be paid."""
        return min(minutes, sum(self._left.values())) if self.by_card else minutes

    def pay(self, minutes: int) -> Iterator[tuple[str, int]]:
        """Payable minutes by the card that they are taken from, "" for the statement."""
        if not self.by_card:
            yield "", minutes
            return
        for card, left in self._left.items():
            if part := min(minutes, left):
                self._left[card] -= part
                minutes -= part
                yield card, part


def _payable(cents: int, rate: int) -> int:
    """The most minutes whose price, rounded half up, is not above so many cents."""
    return ((2 * cents + 1) * HOUR - 1) // (2 * rate)
