"""No cell is taken for a formula, and each can be read back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.cell import cell

TRICKY = st.text(
    st.sampled_from("=+-@'\" \t\r\n,;\ufeff\u200b＝＋－＠−“a1(") | st.characters(codec="utf-8"), max_size=8
)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+31 20", "-1", "@SUM(A1)", "\t=1", "\tx", "\rx", "\nx", " =1", "  \tx", "'=1", '"=1', "“+1", "＝1",
        "＋1", "－1", "＠x", " ' ＝1", "\ufeff=1", "\u200b=1", "\xa0=1", "−1", "﹦1", "＇=1", "\0=1",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_could_calculate_is_marked(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "bakery", "a=b", "1+1", "De Vries @ Zonen", "'s-Hertogenbosch", " x", "x\ty", "é"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def unmarked(read: str) -> str:
    """What was written, from what was read."""
    return read[1:] if read[:1] == "'" and cell(read[1:]) == read else read


@given(TRICKY)
def test_what_was_written_can_be_read_back(text: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_NONNUMERIC).writerow([cell(text), 7])
    [[read, number]] = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert (unmarked(read), number) == (text, "7")


@given(TRICKY)
def test_what_is_marked_is_not_marked_into_something_else(text: str) -> None:
    assert cell(text) in {text, f"'{text}"}
