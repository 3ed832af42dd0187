"""The figures and charts of the report's page: nodes of a tree that becomes HTML, and charts as inline SVG.

In: lines of the report. Out: elements without any attribute that fetches or runs something. What is foreign is only
ever put in as text of the tree, so it can be no markup; characters that steer are shown as U+FFFD. Every bar has its
number beside it and a filling of its own, so that the charts can be read without colours. Nothing fails.
"""

import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element

from helpdeskd.domain.fact import Hours
from helpdeskd.domain.report import UP_TO, Line, Spread

NONE = "–"
WIDTH = 680
LABEL, BAR, BAR_HEIGHT, BAR_ROW = 80, 380, 16, 28
PAIR_HEIGHT, PAIR_ROW = 14, 38
COLUMN, COLUMN_GAP, COLUMN_HEIGHT, COLUMN_FOOT, COLUMN_HEAD = 60, 14, 120, 26, 18
LEGEND_ENTRY, LEGEND_HEIGHT = 90, 22
TIMES = (("met", Hours.WORKED), ("charged", Hours.CHARGED))


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


def duration(minutes: int | None) -> str:
    """Minutes as people read them: "1 h 05 min"."""
    if minutes is None:
        return NONE
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


def percent(share: Fraction | None) -> str:
    """A share in percent, rounded down to a tenth: what is not whole is never told as 100 %."""
    return NONE if share is None else f"{int(share * 1000) / 10:.1f} %"


def promises(months: Sequence[Line]) -> list[Element]:
    """A bar for each month: what was met, then what was missed; with its legend."""
    if not months:
        return [element("p", "Nothing happened.")]
    most = max(tally.met + tally.breached for tally in (line.tally() for line in months)) or 1
    rows = [part for row, line in enumerate(months) for part in _bar(line, row * BAR_ROW, most)]
    legend = _svg("legend", LEGEND_HEIGHT, _hatch(), *_legend(("met", "met"), ("breached", "missed")))
    return [legend, _svg("promises by month", len(months) * BAR_ROW, *rows)]


def hours(months: Sequence[Line]) -> list[Element]:
    """Two bars for each month: how long was worked, and how much was charged; with their legend."""
    most = max(line.minutes(kind) for line in months for _, kind in TIMES) or 1
    rows = [part for row, line in enumerate(months) for part in _pair(line, row * PAIR_ROW, most)]
    legend = _svg("legend", LEGEND_HEIGHT, *_legend(*((name, kind.value) for name, kind in TIMES)))
    return [legend, _svg("hours by month", len(months) * PAIR_ROW, *rows)]


def columns(spread: Spread) -> Element:
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
    return _svg("how many took how long", floor + COLUMN_FOOT, *parts, axis)


def _svg(about: str, height: int, *parts: Element) -> Element:
    return element("svg", *parts, viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=about)


def _legend(*fillings: tuple[str, str]) -> list[Element]:
    """What each filling means."""
    parts = []
    for number, (kind, name) in enumerate(fillings):
        x = number * LEGEND_ENTRY
        parts += [_box(kind, x, 4, 14, 12), element("text", name, x=x + 20, y=14)]
    return parts


def _hatch() -> Element:
    """The filling of what was missed."""
    ground = element("rect", width=6, height=6, fill="#fff")
    stripe = element("rect", width=2, height=6, fill="#a4360f")
    size = {"width": 6, "height": 6, "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    return element("defs", element("pattern", ground, stripe, id="hatch", **size))


def _box(kind: str, x: float, y: float, width: float, height: float) -> Element:
    return element("rect", class_=kind, x=f"{x:.1f}", y=f"{y:.1f}", width=f"{width:.1f}", height=f"{height:.1f}")


def _bar(line: Line, top: int, most: int) -> list[Element]:
    tally, middle = line.tally(), top + 13
    met, missed = BAR * tally.met / most, BAR * tally.breached / most
    told = f"{tally.met} met, {tally.breached} missed: {percent(tally.kept)}"
    texts = [element("text", line.group, x=0, y=middle), element("text", told, x=LABEL + met + missed + 8, y=middle)]
    boxes = (("met", LABEL, met), ("breached", LABEL + met, missed))
    return [*texts, *(_box(kind, x, top, width, BAR_HEIGHT) for kind, x, width in boxes if width)]


def _pair(line: Line, top: int, most: int) -> list[Element]:
    parts = [element("text", line.group, x=0, y=top + PAIR_HEIGHT + 4)]
    for number, (kind, what) in enumerate(TIMES):
        minutes, y = line.minutes(what), top + number * (PAIR_HEIGHT + 1)
        width = BAR * minutes / most
        parts += [_box(kind, LABEL, y, width, PAIR_HEIGHT)] if width else []
        parts.append(element("text", duration(minutes), x=f"{LABEL + width + 8:.1f}", y=y + 11))
    return parts


def _column(x: int, name: str, count: int, height: float, floor: int) -> list[Element]:
    centre = {"x": x + COLUMN // 2, "text_anchor": "middle"}
    texts = [
        element("text", str(count), y=f"{floor - height - 5:.1f}", **centre),
        element("text", name, y=floor + 17, **centre),
    ]
    return [*texts, _box("met", x, floor - height, COLUMN, height)]


def _short(minutes: int) -> str:
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
