"""Words as often as words are in a language: the second half as frequent as the first, the third a third."""

import random
from itertools import accumulate

_DRAW = random.Random(7)
WORDS = ["".join(_DRAW.choices("abcdefghijklmnoprstuvwz", k=_DRAW.randint(3, 11))) for _ in range(30_000)]
"""The most frequent first."""
_OFTEN = list(accumulate(1 / (place + 2.7) for place in range(len(WORDS))))


def words(draw: random.Random, count: int) -> list[str]:
    """So many, as they come in a text."""
    return draw.choices(WORDS, cum_weights=_OFTEN, k=count)
