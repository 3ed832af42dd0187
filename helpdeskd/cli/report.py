"""`helpdeskd report`: which promises were kept and which were not, how long answers and resolutions took, and how long
was worked.

In: what is stored, and a period of local days of the desk's zone (default: this month). Out: a line for each customer,
queue, agent, month or priority, as a table, as CSV (RFC 4180; cells safe for spreadsheets), as JSON, or as one HTML
page in a file. Table, page and JSON (`"all": true`) end with a line for all; CSV has none, so that it can be summed up.

What counts when, and for whom, is told in `domain.fact`. A ticket is measured by its plan as it is configured now, by
the desk's own where that is gone. A period that ends before it begins, or two forms at once, make the exit status 2; a
file that cannot be written makes it 1.
"""

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, fields
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from helpdeskd.cli.common import add_config, day, emit, looked_at, now, with_config
from helpdeskd.cli.report_chart import NONE, duration, percent, shown
from helpdeskd.cli.report_page import TITLE, Report, days, page
from helpdeskd.config.load import Loaded
from helpdeskd.domain.cell import cell
from helpdeskd.domain.charge import charge_of
from helpdeskd.domain.fact import History, Hours, Row, row_of
from helpdeskd.domain.month import month_at
from helpdeskd.domain.report import ONE_DAY, By, Line, Part, Period, Spread, Tally, lines, total
from helpdeskd.domain.target import TargetKind
from helpdeskd.policy.clock import counted_pauses
from helpdeskd.storage.books import Books, touched
from helpdeskd.storage.report import histories

LEGEND = """
Under each target: the share that was kept, and met/missed/open/ended. Under each time: what half of all, and what nine
of ten did not exceed (nearest rank), in opening hours of the plan."""
LEGEND_OF_HOURS = """
Worked are real minutes, as booked; free, charged and unapproved is what became of them under the contract, rounding and
minimums among it. Within the free minutes: of resolved tickets that have some, those on which no more was worked."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("report", help="what was kept and what was not, and how long it took")
    parser.add_argument(
        "--from", dest="first", metavar="DAY", type=day, help="default: the first of the last day's month"
    )
    parser.add_argument("--to", dest="last", metavar="DAY", type=day, help="default: the last of this month")
    parser.add_argument("--by", choices=[by.value for by in By], default=By.CUSTOMER.value, help="default: customer")
    parser.add_argument("--csv", action="store_true", help="print CSV")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page with charts")
    add_config(parser)
    parser.set_defaults(run=with_config(_report), misused=parser.error)


def _report(args: argparse.Namespace, loaded: Loaded) -> int:
    if sum(map(bool, (args.csv, args.json, args.html))) > 1:
        args.misused("one of --csv, --json and --html at a time")
    at = now()
    period = _period(args, loaded.settings.zone, at)
    # Work is charged on a date that may begin a day after the last event: what is rounded up reaches over midnight.
    since = period.start - ONE_DAY
    with looked_at(loaded):
        found, books = histories(since), Books(touched(since))
    report = _made([_row(history, books, loaded, at) for history in found], By(args.by), period, loaded, at)
    if args.html:
        args.html.write_text(page(report), "utf-8")
        print(f"{args.html} is written")
    elif args.csv:
        _print_csv(report)
    elif args.json:
        emit(args, [*report.lines, report.total], str, lambda line: _plain(line, report))
    else:
        print(_text(report))
    return 0


def _period(args: argparse.Namespace, zone: ZoneInfo, at: datetime) -> Period:
    last = args.last or month_at(at, zone).last_day
    first = args.first or last.replace(day=1)
    if first > last:
        args.misused(f"the period ends on {last}, before it begins on {first}")
    return Period(first, last, zone)


def _row(history: History, books: Books, loaded: Loaded, at: datetime) -> Row:
    desk, ticket = loaded.desk, history.ticket
    plan = desk.plan_named(ticket.plan)
    return row_of(history, charge_of(ticket, plan, books), plan.calendar, counted_pauses(ticket, plan), at)


def _made(rows: Sequence[Row], by: By, period: Period, loaded: Loaded, at: datetime) -> Report:
    months = lines(rows, By.MONTH, period)
    return Report(loaded.desk.name, period, by, lines(rows, by, period), months, total(rows, period), at)


def _text(report: Report) -> str:
    kinds = report.kinds
    head = (report.by.value, "tickets", *(kind.value for kind in kinds), "first answer within", "resolved within")
    kept = _table([head, *(_cells(name, line, kinds) for name, line in report.named)])
    told = f"{TITLE}: {days(report.period)}\n\n{kept}\n{LEGEND}"
    return f"{told}\n\n{_hours(report)}\n{LEGEND_OF_HOURS}" if report.has_hours else told


def _hours(report: Report) -> str:
    """The table of what was worked, and what became of it."""
    head = (report.by.value, *(kind.value for kind in Hours), "within the free minutes")
    times = ((name, line, map(duration, report.minutes(line))) for name, line in report.named)
    return _table([head, *((shown(name), *minutes, _part(line.within_free)) for name, line, minutes in times)])


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _cells(name: str, line: Line, kinds: Iterable[TargetKind]) -> tuple[str, ...]:
    tallies = (_tally(line.tally(kind)) for kind in kinds)
    return (shown(name), str(line.opened), *tallies, _spread(line.answered), _spread(line.resolved))


def _tally(tally: Tally) -> str:
    counts = astuple(tally)
    return f"{percent(tally.kept)} {'/'.join(map(str, counts))}" if any(counts) else NONE


def _spread(spread: Spread) -> str:
    return f"{duration(spread.middle)}, {duration(spread.ninetieth)}" if spread.minutes else NONE


def _part(part: Part) -> str:
    return f"{percent(part.share)} {part.count}/{part.of}" if part.of else NONE


def _print_csv(report: Report) -> None:
    outcomes = [f"{kind} {outcome.name}" for kind in TargetKind for outcome in fields(Tally)]
    times = [f"{what} {figure}" for what in ("answered", "resolved") for figure in ("count", "median", "p90")]
    writer = csv.writer(sys.stdout, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    work = [*(f"minutes {kind}" for kind in Hours), "within free count", "within free of"]
    writer.writerow([name.replace(" ", "_") for name in (report.by.value, "tickets", *outcomes, *times, *work)])
    for line in report.lines:
        counts = [count for kind in TargetKind for count in astuple(line.tally(kind))]
        spreads = (line.answered, line.resolved)
        figures = [value for spread in spreads for value in (len(spread.minutes), spread.middle, spread.ninetieth)]
        worked = (*report.minutes(line), *astuple(line.within_free))
        writer.writerow([cell(line.group), line.opened, *counts, *figures, *worked])


def _plain(line: Line, report: Report) -> dict[str, object]:
    return {
        "from": report.period.first.isoformat(),
        "to": report.period.last.isoformat(),
        "by": report.by.value,
        "all": line is report.total,
        "group": line.group or None,
        "tickets": line.opened,
        "targets": [_plain_tally(kind, line.tally(kind)) for kind in TargetKind],
        "first_response": _plain_spread(line.answered),
        "resolution": _plain_spread(line.resolved),
        "minutes": dict(zip((kind.value for kind in Hours), report.minutes(line), strict=True)),
        "within_free": asdict(line.within_free),
    }


def _plain_tally(kind: TargetKind, tally: Tally) -> dict[str, object]:
    return {"target": kind.value, **asdict(tally)}


def _plain_spread(spread: Spread) -> dict[str, int | None]:
    return {"count": len(spread.minutes), "median_minutes": spread.middle, "p90_minutes": spread.ninetieth}
