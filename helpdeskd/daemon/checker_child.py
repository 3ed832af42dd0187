"""`python -m helpdeskd.daemon.checker_child`: asks the DNS about the senders of mails, several at a time.

    supervisor ──stdin──▶ checker     a JSON line with what to check by; then for each mail a JSON line, and its bytes
    checker ──stdout──▶ supervisor    JSON lines: `ready`; then `id` with `found`, an RFC 8601 value, or with `later`,
                                      why the DNS could not answer

Each mail has a thread, and none has the database. What fails in a thread is a result without proof, for that mail only.
A mail that takes the process with it, or never comes to an end, is for the supervisor, which knows what is in hand. The
end of stdin ends the process at once: nothing is lost by it, because what was not answered is asked again.
"""

import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, BinaryIO

from helpdeskd.daemon import log, tally
from helpdeskd.daemon.wire import AT_ONCE, DONE, LONGEST_RESULT, NO_MEMORY
from helpdeskd.domain.address import domain_of, normalise
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.parse import author
from helpdeskd.mail.proof.check import check
from helpdeskd.mail.proof.dns import Limits, Resolver, Temporary
from helpdeskd.triage.authentication_results import nothing_found

Told = dict[str, Any]
STACK_BYTES = 512 << 10
"""Of a thread, so that the stacks leave memory for the mails."""


class Checker:
    """Answers about mails, to a file of JSON lines."""

    def __init__(self, dns: Resolver, sealers: frozenset[str], out: BinaryIO) -> None:
        self._dns, self._sealers, self._out = dns, sealers, out
        self._one_line = threading.Lock()

    def answer(self, mail: Told, raw: bytes) -> None:
        """Check a mail and say what was found."""
        try:
            told = {"found": self._found(mail, raw)}
        except Temporary as fault:
            told = {"later": str(fault)}
        except MemoryError:
            os._exit(NO_MEMORY)
        except Exception as fault:
            log.alarm(what="check failed", detail=log.told(fault))
            self.say({"told": tally.OURS.take()})
            told = {"found": nothing_found(f"the check failed: {type(fault).__name__}")}
        self.say({"id": mail["id"], **{key: text[:LONGEST_RESULT] for key, text in told.items()}})

    def _found(self, mail: Told, raw: bytes) -> str:
        from_, defect = author(raw)
        domain = domain_of(normalise(from_.address)) if from_ and not defect else ""
        return check(raw, domain, _envelope(mail), self._dns, self._sealers) if domain else nothing_found()

    def say(self, told: Told) -> None:
        """One line; without a supervisor there is nobody to answer."""
        with self._one_line:
            try:
                self._out.write(json.dumps(told).encode() + b"\n")
                self._out.flush()
            except OSError:
                os._exit(DONE)


def main() -> None:
    """The child's whole life: until the supervisor ends it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    told = json.loads(sys.stdin.buffer.readline())
    log.setup(told["log_level"], bytes.fromhex(told["mark"]))
    resource.setrlimit(resource.RLIMIT_AS, (told["memory"], told["memory"]))
    threading.stack_size(STACK_BYTES)
    dns = Resolver([(address, port) for address, port in told["nameservers"]], Limits(mail=told["timeout"]))
    checker = Checker(dns, frozenset(told["sealers"]), out)
    checker.say({"ready": True})
    threads = ThreadPoolExecutor(AT_ONCE)
    for mail, raw in _mails(sys.stdin.buffer):
        threads.submit(checker.answer, mail, raw)
    os._exit(DONE)


def _mails(orders: BinaryIO) -> Iterator[tuple[Told, bytes]]:
    while line := orders.readline():
        mail = json.loads(line)
        yield mail, orders.read(mail["size"])


def _envelope(mail: Told) -> Envelope:
    told = mail["envelope"]
    return Envelope(**{**told, "received_at": datetime.fromisoformat(told["received_at"])})


if __name__ == "__main__":
    main()
