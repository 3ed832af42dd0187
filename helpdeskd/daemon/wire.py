"""What the supervisor agrees on with worker and checker: the form of their pipes, what a mail may use, how they end.

Apart from all of them, so that the supervisor does not load what only they need: the parsing of hostile mail.
"""

CPU_SECONDS = 2.0
CPU_BYTES = 10 << 20
"""A mail may use so many seconds of processor time, and one more for each so many bytes (P8)."""
WALL_FACTOR = 2

LENGTH_BYTES = 8
"""The office comes after its length, an integer of so many bytes, the highest first."""

DONE, FAULT, IO_ERROR, NO_MEMORY = 0, 1, 74, 71
"""How the process ends; EX_IOERR and EX_OSERR of sysexits.h."""

AT_ONCE = 64
AT_ONCE_AGAIN = 16
AT_ONCE_BYTES = 16 << 20
"""The checker has at most so many mails in hand, so many of them that were parked and, but for one alone, so many
bytes.
"""

LONGEST_RESULT = 2000
"""Characters of what the checker says about a mail."""


def longest(size: int) -> float:
    """Seconds that pass at most while a mail of so many bytes is in hand: twice the processor time that it may use."""
    return WALL_FACTOR * (CPU_SECONDS + size / CPU_BYTES)
