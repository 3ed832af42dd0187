"""What the log told, counted: the figures of a process since its start, and the alarms that nobody was told of yet.

    log ─▶ Tally of a worker ──take──▶ its line to the supervisor ──put──▶ Tally of the supervisor ─▶ metrics, alarms

In: each line of the log, whatever its level. Out: how many there were of each stage, by the one value of them that has
few; the alarms, the newest of each cause; how long commits took. So a metric and the log cannot
differ, and to count a stage is a row in `COUNTED`. A worker hands its own on after each batch. From any thread.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from helpdeskd.storage import commits

Values = Mapping[str, str | int]
MOST_CAUSES, MOST_LABELS, DETAIL_LENGTH = 32, 200, 200
"""So that what a worker has taken is a short line."""
REPLY = re.compile(r"\d{3}(?: \d\.\d{1,3}\.\d{1,3})?")


def _of(name: str) -> Callable[[Values], str]:
    return lambda values: str(values[name])


def _code(values: Values) -> str:
    """The codes of a reply of SMTP, without its words (RFC 5321, RFC 3463)."""
    found = REPLY.match(str(values["reply"]))
    return found[0] if found else ""


COUNTED: Mapping[str, Callable[[Values], str]] = {
    "received": _of("source"),
    "refused": _code,
    "decided": _of("fate"),
    "struck": _of("failed"),
    "sent": lambda _: "",
    "later": lambda _: "",
    "failed": lambda _: "",
    "called_off": lambda _: "",
    "paged": lambda _: "",
    "alarm": _of("what"),
    "reloaded": _of("ok"),
}
"""By which value the lines of a stage are counted."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm: what it is, about what of several ("" for the only one), and what was said of it last, as the log shows
    it.
    """

    what: str
    about: str
    detail: str


class Tally:
    """`counts` by stage and value."""

    def __init__(self, times: commits.Times) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._times, self._lock = times, threading.Lock()
        self._raised: dict[tuple[str, str], Raised] = {}

    def hear(self, stage: str, values: Values) -> None:
        """A line of the log."""
        if stage in COUNTED:
            with self._lock:
                self._count(stage, COUNTED[stage](values), 1)

    def raise_alarm(self, raised: Raised) -> None:
        """Keep an alarm until it is taken; of too many causes the newest are left to the log."""
        key = raised.what, raised.about
        with self._lock:
            if key in self._raised or len(self._raised) < MOST_CAUSES:
                self._raised[key] = raised

    def alarms(self) -> tuple[Raised, ...]:
        """Those since they were taken last."""
        with self._lock:
            taken, self._raised = tuple(self._raised.values()), {}
        return taken

    def take(self) -> str:
        """All since it was taken last, as a line for `put`; "" for nothing."""
        alarms = [[raised.what, raised.about, raised.detail] for raised in self.alarms()]
        with self._lock:
            counts, self.counts = [[*key, count] for key, count in self.counts.items()], Counter()
        times = self._times.take()
        return json.dumps([counts, alarms, times]) if counts or alarms or any(times[0]) else ""

    def put(self, told: str | bytes) -> None:
        """What a worker has taken. Raises ValueError for what no worker says."""
        try:
            counts, alarms, times = json.loads(told)
            with self._lock:
                for stage, value, count in counts:
                    self._count(str(stage), str(value), max(0, int(count)))
            for what, about, detail in alarms:
                self.raise_alarm(Raised(str(what), str(about), str(detail)))
            self._times.put([int(count) for count in times[0]], float(times[1]))
        except (TypeError, IndexError) as fault:
            raise ValueError from fault

    def _count(self, stage: str, value: str, many: int) -> None:
        if (stage, value) in self.counts or len(self.counts) < MOST_LABELS:
            self.counts[stage, value] += many


OURS = Tally(commits.OURS)
