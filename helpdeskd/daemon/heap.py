"""Memory for large mails goes back to the system when it is free."""

import ctypes

LARGE = 4 << 20
"""Bytes; what is as large is asked of the system and not of the heap."""
M_MMAP_THRESHOLD = -3


def give_back_large() -> None:
    """For the whole process. Of its own, glibc takes up to 32 MiB from the heap once so much was free, and keeps it
    (mallopt(3), M_MMAP_THRESHOLD): a desk was 70 MB larger from the second mail of 33 MB on. Nothing where the C
    library has no such call (musl).
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_MMAP_THRESHOLD, LARGE)
