"""A client in a process of its own: sends one mail over and over to a listener of this machine.

    python -m benchmarks.sender PORT SESSIONS MAILS < mail

Each session is a connection that is kept, as a relay keeps it. When all of them are greeted, a line is written to
standard output; then MAILS are sent in all, each with a Message-ID of its own, since the same mail twice would count as
one. Fails where a mail is not answered 250.
"""

import itertools
import smtplib
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

HOST = "127.0.0.1"


def main(port: int, sessions: int, mails: int) -> None:
    raw = sys.stdin.buffer.read()
    numbers = iter(range(mails))
    connected = [smtplib.SMTP(HOST, port, local_hostname="client.example", timeout=120) for _ in range(sessions)]
    for client in connected:
        client.ehlo()
    print("ready", flush=True)
    with ThreadPoolExecutor(sessions) as threads:
        list(threads.map(_send, connected, itertools.repeat(raw), itertools.repeat(numbers)))


def _send(client: smtplib.SMTP, raw: bytes, numbers: Iterator[int]) -> None:
    with client:
        for number in numbers:
            numbered = raw.replace(b"Message-ID: <", b"Message-ID: <%d." % number, 1)
            client.sendmail("anna@customer.example", ["support@desk.example"], numbered)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
