"""config.example.toml, made from the schema: every key with its default, or an example, and its sentence.

`python -m helpdeskd.config.example > config.example.toml` writes it; a test holds the file to this. A key that must be
there, or whose default is a value, is written as it would be; one that is absent by default is commented out with an
example of it. The whole file loads.
"""

import sys
from collections.abc import Iterator
from typing import Any, get_origin

from pydantic.fields import FieldInfo

from helpdeskd.config.fields import Table, keys, table_in
from helpdeskd.config.schema import Config
from helpdeskd.config.written import toml

HEAD = """\
# Every key of helpdeskd's configuration, with its default or an example. docs/install.md shows the few that a desk
# needs; `helpdeskd init` writes those, and `helpdeskd check` says what is wrong with a file, or unwise.
# A key behind a comment mark is absent unless you write it.
"""
NAMES = {"calendar": "office", "oauth": "office", "plan": "standard", "agreement": "good"}
"""What the tables are called that need a name."""

ONE_OF_SEVERAL = {
    ("mailbox", "password_file"),
    ("card", "price"),
    ("alert", "like"),
    ("calendar", "file"),
    ("webhook", "url"),
    ("apprise", "urls_file"),
    ("oauth", "provider"),
    ("oauth", "tenant"),
    ("oauth", "client_id"),
    ("oauth", "secret_credential"),
    ("dkim", "key_credential"),
    ("objects", "secret_credential"),
}
"""Keys that are written although they are absent by default: one of their kind must be there."""


def example() -> str:
    """The text of config.example.toml."""
    return HEAD + "".join(f"{line}\n" for line in _tables(Config, ""))


def _tables(table: type[Table], prefix: str) -> Iterator[str]:
    for name, field in keys(table):
        kind, named = table_in(field.annotation)
        if kind is None or field.examples:
            continue
        path = f"{prefix}{name}" + (f".{NAMES[name]}" if named else "")
        header = f"[[{path}]]" if get_origin(field.annotation) is tuple else f"[{path}]"
        yield from ("", f"# {field.description}", header)
        yield from _keys(kind, name)
        yield from _tables(kind, f"{path}.")


def _keys(table: type[Table], called: str) -> Iterator[str]:
    for name, field in keys(table):
        kind, _ = table_in(field.annotation)
        if kind is None or field.examples:
            yield f"# {field.description}"
            written = is_written(field) or (called, name) in ONE_OF_SEVERAL
            yield f"{'' if written else '#   '}{name} = {toml(_value(field))}"


def is_written(field: FieldInfo) -> bool:
    """Whether the key is there, as it must be or as its default, or only shown in a comment."""
    return field.is_required() or field.default not in (None, "", (), {})


def _value(field: FieldInfo) -> Any:
    return field.examples[0] if field.examples else field.default


if __name__ == "__main__":
    sys.stdout.write(example())
