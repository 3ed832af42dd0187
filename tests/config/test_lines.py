"""Every key of a TOML file is found on its line, however it is written."""

import json
import tomllib

from hypothesis import example, given
from hypothesis import strategies as st

from helpdeskd.config.lines import line_of, locate

WRITTEN = '''\
# a comment with [brackets] and = signs
title = "one # two"
[desk]
name = "Example"
"quoted.name" = 1
text = """
[not-a-table]
key = 2"""
after = 3

[calendar.office]
open = { mon-fri = ["08:30-12:00",
                    "13:00-18:00"], sat = ["10:00-12:00"] }
days."2026-12-24" = "08:30-12:00"
[[queue]]
name = "support"
[[queue]]
name = "duty"
  [[queue.rule]]
  from = '[x]'
'''


def test_keys_tables_rows_and_elements_have_their_lines() -> None:
    lines = locate(WRITTEN)
    assert lines[("title",)] == 2
    assert lines[("desk",)] == 3
    assert lines[("desk", "quoted.name")] == 5
    assert lines[("desk", "after")] == 9
    assert lines[("calendar", "office", "open", "mon-fri", 1)] == 13
    assert lines[("calendar", "office", "open", "sat")] == 13
    assert lines[("calendar", "office", "days", "2026-12-24")] == 14
    assert lines[("queue", 1, "name")] == 18
    assert lines[("queue", 1, "rule", 0, "from")] == 20


def test_text_that_looks_like_a_table_is_no_table() -> None:
    assert ("not-a-table",) not in locate(WRITTEN)


def test_what_is_missing_has_the_line_of_its_table() -> None:
    lines = locate(WRITTEN)
    assert line_of(lines, ("queue", 1, "addresses")) == 17
    assert line_of(lines, ("calendar", "office", "zone")) == 11
    assert line_of(lines, ("smarthost", "host")) == 1


names = st.text(min_size=1, max_size=5)
values = st.one_of(st.integers(), st.booleans(), st.text(max_size=10), st.lists(st.text(max_size=5), max_size=3))
tables = st.dictionaries(names, st.dictionaries(names, values, max_size=4), max_size=4)


@given(tables)
def test_every_key_of_any_file_is_found_where_it_stands(written: dict[str, dict[str, object]]) -> None:
    text, expected = "", {}
    for table, keys in written.items():
        text += f"[{quoted(table)}]\n\n"
        for key, value in keys.items():
            expected[(table, key)] = text.count("\n") + 1
            text += f"{quoted(key)} = {quoted(value)}\n# = [\n"
    assert tomllib.loads(text) == written
    lines = locate(text)
    assert {path: lines[path] for path in expected} == expected


@example("a = [}")
@example("a = {]")
@given(st.text(alphabet="ab=[]{},.\"'\\\n# ", max_size=60))
def test_what_is_not_toml_never_raises_or_hangs(text: str) -> None:
    locate(text)


def quoted(value: object) -> str:
    """JSON is TOML for these values, but for DEL, which TOML wants escaped, and surrogate pairs."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
