"""Figures as the text that Prometheus reads (exposition format 0.0.4).

In: families of samples. Out: the page. Names and labels are ours and plain; values of labels may be anything and are
escaped. A family without samples is left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
Labels = Mapping[str, str]
NONE: Labels = {}


@dataclass(frozen=True, slots=True)
class Sample:
    """A value with its labels; `suffix` stands behind the family's name, for the parts of a histogram."""

    value: float
    labels: Labels = field(default_factory=dict)
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: its name, its kind (gauge, counter, histogram), one sentence, and its samples."""

    name: str
    kind: str
    says: str
    samples: tuple[Sample, ...]


def page(families: Iterable[Family]) -> bytes:
    """The whole text."""
    return "".join(f"{line}\n" for family in families if family.samples for line in _lines(family)).encode()


def histogram(bounds: Sequence[float], counts: Sequence[int], total: float, labels: Labels = NONE) -> Iterator[Sample]:
    """The samples of a histogram; `counts` are those of each bound alone, and at last those over all of them."""
    so_far = 0
    for bound, count in zip((*bounds, float("inf")), counts, strict=True):
        so_far += count
        yield Sample(so_far, {**labels, "le": "+Inf" if bound == float("inf") else f"{bound:g}"}, "_bucket")
    yield Sample(total, labels, "_sum")
    yield Sample(so_far, labels, "_count")


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.says}"
    yield f"# TYPE {family.name} {family.kind}"
    for sample in family.samples:
        labels = ",".join(f'{name}="{value.translate(ESCAPED)}"' for name, value in sample.labels.items())
        yield f"{family.name}{sample.suffix}{f'{{{labels}}}' if labels else ''} {_number(sample.value)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1 << 53 else repr(float(value))
