"""The report as one HTML page: figures, charts and a table, to be looked at, printed or mailed.

In: a `Report`. Out: the text of a page that needs nothing else: no script, no remote resource (its own policy forbids
both), charts as inline SVG. What is foreign is only ever put in as text of the tree, so it can be no markup; characters
that steer are shown as U+FFFD. Every bar has its number beside it and a hatching of its own, so that the page can be
read without colours. Nothing fails.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from xml.etree.ElementTree import Element, tostring

from helpdeskd.domain.report import UP_TO, By, Line, Period, Spread, Tally
from helpdeskd.domain.target import TargetKind

TITLE = "What was kept and what was not"
NONE = "–"
NOBODY = "nobody"
ALL = "all"
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
WIDTH = 680
LABEL, BAR, BAR_HEIGHT, BAR_ROW = 80, 380, 16, 28
COLUMN, COLUMN_GAP, COLUMN_HEIGHT, COLUMN_FOOT, COLUMN_HEAD = 60, 14, 120, 26, 18
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
        _section("Promises by month", _legend(), _bars(report.months)),
        _section("Time to the first answer", _columns(report.total.answered)),
        _section("Time to the resolution", _columns(report.total.resolved)),
        _section(f"By {report.by}", element("div", _table(report), class_="table")),
        *(element("p", note, class_="note") for note in NOTES),
    )
    root = element("html", head, body, lang="en")
    return f"<!DOCTYPE html>\n{tostring(root, encoding='unicode', method='html')}\n"


def element(name: str, /, *children: Element | str, **attributes: object) -> Element:
    """A node of the tree; text is taken as text. `class_` is the attribute class, `stroke_width` stroke-width."""
    node = Element(name, {key.rstrip("_").replace("_", "-"): str(value) for key, value in attributes.items()})
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            node.append(child)
            last = child
        elif last is None:
            node.text = (node.text or "") + shown(child)
        else:
            last.tail = (last.tail or "") + shown(child)
    return node


def shown(text: str) -> str:
    """Foreign text without characters that steer a terminal or turn the writing round."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c)[0] == "C" and c != "\n" else c for c in text)


def days(period: Period) -> str:
    """The days of the period."""
    return f"{period.first} to {period.last} ({period.zone})"


def duration(minutes: int | None) -> str:
    """Minutes as people read them: "1 h 05 min"."""
    if minutes is None:
        return NONE
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


def percent(share: Fraction | None) -> str:
    """A share in percent, rounded down to a tenth: what is not whole is never told as 100 %."""
    return NONE if share is None else f"{int(share * 1000) / 10:.1f} %"


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


def _legend() -> Element:
    met, missed = _box("met", 0, 4, 14, 12), _box("breached", 90, 4, 14, 12)
    texts = (element("text", name, x=x, y=14) for name, x in (("met", 20), ("missed", 110)))
    return element("svg", _hatch(), met, missed, *texts, viewBox=f"0 0 {WIDTH} 22", role="img", aria_label="legend")


def _hatch() -> Element:
    """The filling of what was missed."""
    ground = element("rect", width=6, height=6, fill="#fff")
    stripe = element("rect", width=2, height=6, fill="#a4360f")
    size = {"width": 6, "height": 6, "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    return element("defs", element("pattern", ground, stripe, id="hatch", **size))


def _box(kind: str, x: float, y: float, width: float, height: float) -> Element:
    return element("rect", class_=kind, x=f"{x:.1f}", y=f"{y:.1f}", width=f"{width:.1f}", height=f"{height:.1f}")


def _bars(months: Sequence[Line]) -> Element:
    """A bar for each month: what was met, then what was missed."""
    if not months:
        return element("p", "Nothing happened.")
    most = max(tally.met + tally.breached for tally in (line.tally() for line in months)) or 1
    rows = [part for row, line in enumerate(months) for part in _bar(line, row * BAR_ROW, most)]
    height = len(months) * BAR_ROW
    return element("svg", *rows, viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label="promises by month")


def _bar(line: Line, top: int, most: int) -> list[Element]:
    tally, middle = line.tally(), top + 13
    met, missed = BAR * tally.met / most, BAR * tally.breached / most
    told = f"{tally.met} met, {tally.breached} missed: {percent(tally.kept)}"
    texts = [element("text", line.group, x=0, y=middle), element("text", told, x=LABEL + met + missed + 8, y=middle)]
    boxes = (("met", LABEL, met), ("breached", LABEL + met, missed))
    return [*texts, *(_box(kind, x, top, width, BAR_HEIGHT) for kind, x, width in boxes if width)]


def _columns(spread: Spread) -> Element:
    """How many took how long."""
    if not spread.minutes:
        return element("p", "There was none.")
    classes = spread.classes
    names = [*(f"≤ {_short(limit)}" for limit in UP_TO), f"> {_short(UP_TO[-1])}"]
    floor = COLUMN_HEAD + COLUMN_HEIGHT
    parts = [
        part
        for number, (name, count) in enumerate(zip(names, classes, strict=True))
        for part in _column(number * (COLUMN + COLUMN_GAP), name, count, COLUMN_HEIGHT * count / max(classes), floor)
    ]
    axis = element("line", class_="axis", x1=0, x2=WIDTH, y1=floor, y2=floor)
    height = floor + COLUMN_FOOT
    return element(
        "svg", *parts, axis, viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label="how many took how long"
    )


def _column(x: int, name: str, count: int, height: float, floor: int) -> list[Element]:
    centre = {"x": x + COLUMN // 2, "text_anchor": "middle"}
    texts = [
        element("text", str(count), y=f"{floor - height - 5:.1f}", **centre),
        element("text", name, y=floor + 17, **centre),
    ]
    return [*texts, _box("met", x, floor - height, COLUMN, height)]


def _short(minutes: int) -> str:
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"


def _table(report: Report) -> Element:
    kinds = (f"{kind}: kept" for kind in TargetKind)
    names = (str(report.by), "tickets", *kinds, "first answer within", "resolved within")
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in names)))
    body = element("tbody", *(_row(line.group or NOBODY, line) for line in report.lines))
    return element("table", head, body, element("tfoot", _row(ALL, report.total)))


def _row(name: str, line: Line) -> Element:
    cells = [
        element("td", str(line.opened)),
        *(_figure(percent(tally.kept), _outcomes(tally)) for tally in map(line.tally, TargetKind)),
        *(_figure(duration(spread.middle), _slowest(spread)) for spread in (line.answered, line.resolved)),
    ]
    return element("tr", element("th", name, scope="row"), *cells)


def _figure(value: str, details: Sequence[str]) -> Element:
    return element("td", value, *_small(details))
