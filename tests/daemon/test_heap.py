"""What a process keeps of the memory that it has used for large mails."""

import subprocess
import sys

LARGE_AND_LARGE_AGAIN = """
import os
from helpdeskd.daemon import heap

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20

if {asked}:
    heap.give_back_large()
before = resident()
first = bytearray(b"x" * (30 << 20))
del first
second, behind = bytearray(b"x" * (20 << 20)), [bytes(1000) for _ in range(10_000)]
del second
print(resident() - before)
"""


def kept(asked: bool) -> int:
    """MiB."""
    command = [sys.executable, "-c", LARGE_AND_LARGE_AGAIN.format(asked=asked)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_memory_of_a_large_mail_is_given_back_and_not_without_asking():
    assert kept(asked=True) < 15 < kept(asked=False)
