"""The rows as a table for people."""

from collections.abc import Callable, Sequence

from benchmarks.harness import Row

COLUMNS: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("rate /s", lambda row: _number(row.rate)),
    ("ms", lambda row: _number(row.ms)),
    ("p99 ms", lambda row: _number(row.p99_ms)),
    ("CPU ms", lambda row: _number(row.cpu_ms)),
    ("MB", lambda row: _number(row.memory_mb)),
    ("spread", lambda row: "" if row.spread is None else f"{row.spread:.0%}"),
    ("ratio", lambda row: "" if row.ratio is None else f"{row.ratio:.2f} ×"),
)


def table(rows: Sequence[Row]) -> str:
    """A line for each row, and for each note or fault one below it."""
    width = max((len(row.name) for row in rows), default=0)
    lines = [f"{'':{width}}" + "".join(f"{title:>9}" for title, _ in COLUMNS)]
    for row in rows:
        lines.append(f"{row.name:{width}}" + "".join(f"{cell(row):>9}" for _, cell in COLUMNS))
        lines += [f"    {said}" for said in (row.note, row.fault and f"NOT MEASURED: {row.fault}") if said]
    return "\n".join(line.rstrip() for line in lines)


def _number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
