"""What supervisor and worker agree on: the form of their pipe, a mail's processor time, and how a worker ends.

Apart from both, so that the supervisor does not load what only the worker needs: the parsing of hostile mail.
"""

CPU_SECONDS = 2.0
CPU_BYTES = 10 << 20
"""A mail may use so many seconds of processor time, and one more for each so many bytes (P8)."""

LENGTH_BYTES = 8
"""The office comes after its length, an integer of so many bytes, the highest first."""

DONE, FAULT, IO_ERROR, NO_MEMORY = 0, 1, 74, 71
"""How the process ends; EX_IOERR and EX_OSERR of sysexits.h."""
