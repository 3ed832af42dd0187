"""A loop that is the same everywhere: how fast this machine is just now, to compare other figures beside it."""

import time


def loop_ms() -> float:
    """Milliseconds of processor time that it takes."""
    begin = time.process_time()
    total = 0
    for number in range(2_000_000):
        total += number * number % 7
    return round(1000 * (time.process_time() - begin), 1)
