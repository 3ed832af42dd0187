"""How far a rehearsal is, for whoever waits for it at a terminal; nothing anywhere else."""

import sys
from collections.abc import Iterator

from helpdeskd.config.scenario import Scenario
from helpdeskd.daemon.rehearsal import Happened, MailIn, MailOut, News


def watched(play: Iterator[News], scenario: Scenario) -> Iterator[News]:
    """The same, with the share of the time that is played on a terminal that shows nothing else."""
    shown, whole = -1, max((scenario.until - scenario.start).total_seconds(), 1)
    for news in play:
        yield news
        if isinstance(news, MailIn | MailOut | Happened) and sys.stderr.isatty() and not sys.stdout.isatty():
            played = int((news.at - scenario.start).total_seconds() * 100 / whole)
            if played != shown:
                shown = played
                print(f"\r{shown} %", end="" if shown < 100 else "\n", file=sys.stderr, flush=True)
