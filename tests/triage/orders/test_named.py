"""Names as agents write them: exactly, or as the only one that begins so."""

import pytest

from helpdeskd.triage.orders.named import MOST_LISTED, called, one_of
from helpdeskd.triage.orders.order import Wrong

SITES = ("Gent", "Gouda", "Go")
CUSTOMERS = {"bakery": ("bakery", "Bakkerij de Vries"), "florist": ("florist", "Bloemen Fleur")}


def refusal(word: str, names: tuple[str, ...] = SITES) -> str:
    with pytest.raises(Wrong) as wrong:
        one_of(word, names, "site")
    return str(wrong.value)


@pytest.mark.parametrize(("word", "meant"), [("gent", "Gent"), ("GE", "Gent"), ("gou", "Gouda"), ("go", "Go")])
def test_a_name_means_what_is_called_so_else_the_only_one_that_begins_so(word: str, meant: str) -> None:
    assert one_of(word, SITES, "site") == meant


def test_what_means_none_or_more_than_one_is_refused_with_what_there_is() -> None:
    assert refusal("x") == 'there is no site "x" (one of Gent, Gouda, Go)'
    assert refusal("g") == '"g" is more than one site (one of Gent, Gouda, Go)'
    assert refusal("") == "which site? (one of Gent, Gouda, Go)"
    assert refusal("x", ()) == 'there is no site "x" (there are none)'


def test_a_thing_may_be_called_more_than_one_name() -> None:
    assert [called(word, CUSTOMERS, "customer") for word in ("FLORIST", "bloemen fleur", "bloe", "bakk")] == [
        "florist", "florist", "florist", "bakery",
    ]  # fmt: skip
    with pytest.raises(Wrong, match='"b" is more than one customer'):
        called("b", CUSTOMERS, "customer")


def test_a_long_list_is_told_in_part() -> None:
    names = tuple(f"site{number}" for number in range(MOST_LISTED + 5))
    assert refusal("x", names).endswith("site19 and 5 more)")
