"""The report as one HTML page: figures, charts and a table, to be looked at, printed or mailed.

In: a `Report`. Out: the text of a page that needs nothing else: no script, no remote resource (its own policy forbids
both), charts as inline SVG (`report_chart`, which also keeps foreign text from being markup). What was worked is told
where something was. Nothing fails.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, tostring

from helpdeskd.cli.report_chart import columns, duration, element, hours, percent, promises
from helpdeskd.domain.fact import Hours
from helpdeskd.domain.report import By, Line, Part, Period, Spread, Tally, is_told
from helpdeskd.domain.target import TargetKind

TITLE = "What was kept and what was not"
NOBODY = "nobody"
ALL = "all"
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1.5rem; color: #1b1f23; background: #fff;
       font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .5rem; }
p { margin: .3rem 0; max-width: 46rem; }
.period, .note, small { color: #57606a; }
small { display: block; font-size: .8rem; white-space: nowrap; }
dl { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.4rem 0 0; }
dl div { flex: 1 1 10rem; border: 1px solid #c9d1d9; border-radius: 6px; padding: .6rem .9rem; }
dt { font-size: .8rem; color: #57606a; }
dd { margin: 0; }
dd strong { font-size: 1.5rem; font-weight: 600; white-space: nowrap; }
svg { display: block; width: 100%; max-width: 680px; height: auto; }
svg text { font-size: 12px; fill: #1b1f23; }
svg .met { fill: #1f6f8b; }
svg .breached { fill: url(#hatch); stroke: #a4360f; }
svg .charged { fill: #fff; stroke: #1f6f8b; stroke-width: 2; }
svg .axis { stroke: #8c959f; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .5rem; text-align: right; vertical-align: top; border-bottom: 1px solid #d8dee4; }
th:first-child { text-align: left; padding-left: 0; }
td:last-child, th:last-child { padding-right: 0; }
thead th { border-bottom: 2px solid #57606a; font-size: .85rem; vertical-align: bottom; }
tbody th { font-weight: 400; overflow-wrap: anywhere; min-width: 7rem; }
tfoot th, tfoot td { border-top: 2px solid #57606a; border-bottom: 0; font-weight: 600; }
tfoot small { font-weight: 400; }
.note { font-size: .85rem; margin-top: 1.5rem; }
@media print {
  @page { margin: 15mm; }
  body { margin: 0; padding: 0; max-width: none; font-size: 10pt; }
  section, tr, dl { break-inside: avoid; }
  .table { overflow: visible; }
  th, td { padding: .25rem .3rem; }
  tbody th { min-width: 5rem; }
}
"""
NOTES = (
    "Counted are the targets that were promised; goals are not. A target counts at the moment at which it was missed, "
    "else at which it was met; one that was met late was missed. Open is what began in the period and is not yet due; "
    "ended, what was never met because the ticket ended first. The share kept is met of met and missed, rounded down.",
    "Times are opening hours of the customer's plan, without the time in which its clock stood. Half of all took no "
    "longer than the first time, nine of ten no longer than the second (nearest rank). Answers are first answers.",
    "What is settled counts for the agent and the priority that the ticket had then.",
)
NOTE_ON_HOURS = (
    "Worked is what agents booked, in real minutes, when the work began. Free, charged and unapproved is what became "
    "of it under the contract, on the dates that statements have, with what was rounded up or added to a minimum; a "
    "ticket is charged, not an agent. Within the free minutes: of the resolved tickets whose tariff has some, those on "
    "which no more was worked."
)


@dataclass(frozen=True, slots=True)
class Report:
    """What is told: the lines of a grouping, a line for each month, and one for all; made `at` an aware instant."""

    desk: str
    period: Period
    by: By
    lines: Sequence[Line]
    months: Sequence[Line]
    total: Line
    at: datetime

    @property
    def kinds(self) -> list[TargetKind]:
        """The targets that are told of: to begin with a call-out, only where that was promised."""
        return [kind for kind in TargetKind if kind is not TargetKind.START or any(astuple(self.total.tally(kind)))]

    @property
    def has_hours(self) -> bool:
        """Whether there is anything to be told of work."""
        return any(map(self.total.minutes, Hours)) or self.total.within_free.of > 0

    @property
    def named(self) -> list[tuple[str, Line]]:
        """Each line with what it is called, the one for all at the end."""
        return [*((line.group or NOBODY, line) for line in self.lines), (ALL, self.total)]

    def minutes(self, line: Line) -> list[int | None]:
        """The minutes of a line by `Hours`; None for those that the grouping does not tell of."""
        return [line.minutes(kind) if line is self.total or is_told(kind, self.by) else None for kind in Hours]


def page(report: Report) -> str:
    """The whole page."""
    heading = f"{TITLE}: {report.desk}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width"),
        element("title", f"{heading}, {days(report.period)}"),
        element("style", STYLE),
    )
    made = f"{report.at.astimezone(report.period.zone):%Y-%m-%d %H:%M}"
    body = element(
        "body",
        element("h1", heading),
        element("p", f"{days(report.period)}, by {report.by}. Made at {made}.", class_="period"),
        _summary(report.total),
        _section("Promises by month", *promises(report.months)),
        _section("Time to the first answer", columns(report.total.answered)),
        _section("Time to the resolution", columns(report.total.resolved)),
        _section(f"By {report.by}", element("div", _table(report), class_="table")),
        *(_work(report) if report.has_hours else ()),
        *(element("p", note, class_="note") for note in NOTES),
        *([element("p", NOTE_ON_HOURS, class_="note")] if report.has_hours else []),
    )
    root = element("html", head, body, lang="en")
    return f"<!DOCTYPE html>\n{tostring(root, encoding='unicode', method='html')}\n"


def days(period: Period) -> str:
    """The days of the period."""
    return f"{period.first} to {period.last} ({period.zone})"


def _section(title: str, *content: Element) -> Element:
    return element("section", element("h2", title), *content)


def _summary(total: Line) -> Element:
    tally = total.tally()
    figures: tuple[tuple[str, str, list[str]], ...] = (
        ("tickets opened", str(total.opened), []),
        ("promises kept", percent(tally.kept), _outcomes(tally)),
        ("first answer within", duration(total.answered.middle), _slowest(total.answered)),
        ("resolved within", duration(total.resolved.middle), _slowest(total.resolved)),
    )
    boxes = (
        element("div", element("dt", name), element("dd", element("strong", value), *_small(details)))
        for name, value, details in figures
    )
    return element("dl", *boxes)


def _outcomes(tally: Tally) -> list[str]:
    rest = ((tally.open, "open"), (tally.ended, "ended"))
    settled = f"{tally.met} met, {tally.breached} missed" if tally.kept is not None else ""
    return [settled, ", ".join(f"{count} {name}" for count, name in rest if count)]


def _slowest(spread: Spread) -> list[str]:
    return [f"nine of ten: {duration(spread.ninetieth)}"] if spread.minutes else []


def _small(details: Sequence[str]) -> list[Element]:
    """Lines below a figure; an empty one is none."""
    return [element("small", detail) for detail in details if detail]


def _work(report: Report) -> Iterator[Element]:
    """How long was worked, and what became of it."""
    yield _section("Worked and charged by month", *hours(report.months))
    yield _section(f"Hours by {report.by}", element("div", _table_of_hours(report), class_="table"))


def _table(report: Report) -> Element:
    kinds = report.kinds
    names = (str(report.by), "tickets", *(f"{kind}: kept" for kind in kinds), "first answer within", "resolved within")
    return _rows(names, [_row(name, _cells(line, kinds)) for name, line in report.named])


def _table_of_hours(report: Report) -> Element:
    names = (str(report.by), *(kind.value for kind in Hours), "within the free minutes")
    return _rows(names, [_row(name, _cells_of_hours(line, report)) for name, line in report.named])


def _rows(names: Sequence[str], rows: Sequence[Element]) -> Element:
    """A table, with the last row at its foot."""
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in names)))
    return element("table", head, element("tbody", *rows[:-1]), element("tfoot", *rows[-1:]))


def _row(name: str, cells: Sequence[Element]) -> Element:
    return element("tr", element("th", name, scope="row"), *cells)


def _cells(line: Line, kinds: Iterable[TargetKind]) -> list[Element]:
    return [
        element("td", str(line.opened)),
        *(_figure(percent(tally.kept), _outcomes(tally)) for tally in map(line.tally, kinds)),
        *(_figure(duration(spread.middle), _slowest(spread)) for spread in (line.answered, line.resolved)),
    ]


def _cells_of_hours(line: Line, report: Report) -> list[Element]:
    part = line.within_free
    times = (element("td", duration(minutes)) for minutes in report.minutes(line))
    return [*times, _figure(percent(part.share), _counts(part))]


def _counts(part: Part) -> list[str]:
    return [f"{part.count} of {part.of}"] if part.of else []


def _figure(value: str, details: Sequence[str]) -> Element:
    return element("td", value, *_small(details))
