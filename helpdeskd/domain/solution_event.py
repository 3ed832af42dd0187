"""How a request was solved, kept for whoever meets it again. Part of the closed union of `event`."""

from dataclasses import dataclass

from helpdeskd.domain.happening import Happening


@dataclass(frozen=True, slots=True)
class SolutionRecorded(Happening):
    """What solved it, for agents only. A ticket may get several; the newest counts."""

    text: str
