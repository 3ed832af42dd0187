"""A statement means the same on both engines."""

import pytest

from helpdeskd.storage.statement import storable, translated


@pytest.mark.parametrize(
    ("ours", "theirs", "names"),
    [
        ("SELECT 1", "SELECT 1", ()),
        ("SELECT ? WHERE a = ?", "SELECT $1 WHERE a = $2", ()),
        ("SELECT :a, :b, :a", "SELECT $1, $2, $1", ("a", "b")),
        ("SELECT '?' || ':a', \":b\", CAST(? AS TEXT)", "SELECT '?' || ':a', \":b\", CAST($1 AS TEXT)", ()),
        ("SELECT 'it''s ?', a::text -- why?\nWHERE b = :b", "SELECT 'it''s ?', a::text -- why?\nWHERE b = $1", ("b",)),
        ("SELECT a ->> 'b' LIKE '%s', %s", "SELECT a ->> 'b' LIKE '%s', $1", ()),
    ],
)
def test_places_are_numbered_but_not_within_quotes_and_remarks(ours: str, theirs: str, names: tuple[str, ...]) -> None:
    assert translated(ours) == (theirs, names)


def test_zero_bytes_are_replaced_in_texts_and_in_json_where_they_are_escaped() -> None:
    given = ["a\0b", '{"a":"\\u0000"}', '{"a":"\\\\u0000"}', "\\u0000", b"\0", 7, None]
    stored = ["a\ufffdb", '{"a":"\\ufffd"}', '{"a":"\\\\u0000"}', "\\u0000", b"\0", 7, None]
    assert storable(given) == stored
