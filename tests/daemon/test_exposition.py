"""The text of Prometheus, as its own parser reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from helpdeskd.daemon.exposition import Family, Sample, histogram, page


def parsed(*families: Family) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """The samples of each name, by their labels."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(page(families).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.items())] = sample.value
    return found


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_stands_in_a_label_is_read_as_it_is(text: str):
    assert parsed(Family("x", "gauge", "Says.", (Sample(1, {"a": text}),))) == {"x": {(("a", text),): 1}}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_as_it_is(value: float):
    assert parsed(Family("x", "gauge", "Says.", (Sample(value),))) == {"x": {(): value}}


def test_a_family_says_what_it_is():
    family = Family("mails_total", "counter", "Mails.", (Sample(3),))
    assert page([family]) == b"# HELP mails_total Mails.\n# TYPE mails_total counter\nmails_total 3\n"


def test_a_family_without_samples_is_left_out():
    assert page([Family("x", "gauge", "Says.", ())]) == b""


def test_a_histogram_adds_up_to_its_count():
    found = parsed(Family("x", "histogram", "Says.", tuple(histogram((0.1, 1.0), (2, 3, 4), 7.5, {"node": "a"}))))
    buckets = {dict(labels)["le"]: count for labels, count in found["x_bucket"].items()}
    assert buckets == {"0.1": 2, "1": 5, "+Inf": 9}
    assert (found["x_count"], found["x_sum"]) == ({(("node", "a"),): 9}, {(("node", "a"),): 7.5})


def test_counts_that_do_not_fit_the_bounds_are_a_fault():
    with pytest.raises(ValueError):
        list(histogram((0.1, 1.0), (2, 3), 7.5))
