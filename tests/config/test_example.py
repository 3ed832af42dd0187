"""config.example.toml is true: every key with its default and its sentence, and the file itself loads."""

from collections.abc import Iterator
from pathlib import Path

from helpdeskd.config.example import example, is_written
from helpdeskd.config.fields import Table, keys, table_in
from helpdeskd.config.load import load
from helpdeskd.config.schema import Config

FILE = Path(__file__).parents[2] / "config.example.toml"


def tables(table: Table) -> Iterator[Table]:
    """A table that was read, and all that it holds."""
    yield table
    for name in type(table).model_fields:
        value = getattr(table, name)
        for held in value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]:
            if isinstance(held, Table):
                yield from tables(held)


def kinds(table: type[Table]) -> Iterator[type[Table]]:
    """A kind of table and all that it holds; one that is shown as a value (holidays) is told of in its sentence."""
    yield table
    for _, field in keys(table):
        kind, _ = table_in(field.annotation)
        if kind is not None and not field.examples:
            yield from kinds(kind)


def test_the_file_is_made_from_the_schema() -> None:
    assert FILE.read_text(encoding="utf-8") == example()


def test_every_key_has_one_sentence_and_stands_in_the_file() -> None:
    text = FILE.read_text(encoding="utf-8")
    for kind in kinds(Config):
        for name, field in keys(kind):
            assert field.description, f"{kind.__name__}.{name} says nothing"
            assert field.description.endswith("."), f"{kind.__name__}.{name} is no sentence"
            assert f"# {field.description}\n" in text or table_in(field.annotation)[0] is not None


def test_the_file_loads() -> None:
    assert load(FILE).desk.name == "Example Helpdesk"


def test_a_default_that_is_written_is_the_default() -> None:
    for table in tables(load(FILE).config):
        for name, field in type(table).model_fields.items():
            if is_written(field) and not field.is_required() and table_in(field.annotation)[0] is None:
                assert getattr(table, name) == field.default, f"{type(table).__name__}.{name}"
