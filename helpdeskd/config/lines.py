"""Where each key of a TOML file stands, so that an error can name its line.

In: the text of a file that `tomllib` accepts. Out: a map from the path of every key and array element, as a tuple of
names and indices in the shape of what `tomllib` returns, to its line (from 1). `tomllib` gives no positions, so the
text is cut into tokens here and read once more for structure only; values are not interpreted.

Guarantee: one pass, no recursion deeper than the values nest. A text that is not TOML gives a map that is merely
incomplete: it is for `tomllib` to refuse. `line_of` answers for what is not in the file with the line of the table that
lacks it.
"""

import re
from collections import defaultdict
from collections.abc import Mapping

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'(?P<text>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<space>[ \t\r]+|#[^\n]*)|(?P<newline>\n)|(?P<mark>[\[\]{}=,.])|(?P<bare>[^\s\[\]{}=,.#\"']+)|(?P<other>.)",
    re.DOTALL,
)
_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(["\\bfnrt]))')
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def locate(text: str) -> Mapping[Path, int]:
    """The line of every key and array element of a TOML text."""
    reader = _Reader(text)
    reader.document()
    return reader.lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest table or array around it that the file names; 1 for the file itself."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Reader:
    """Walks the tokens once; `at` is the next token, `lines` what was found."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._tokens = list(_tokens(text))
        self._at = 0
        self._rows: dict[Path, int] = defaultdict(int)

    def document(self) -> None:
        table: Path = ()
        while (mark := self._peek()) != "":
            if mark == "\n":
                self._at += 1
            elif mark == "[":
                table = self._header()
            else:
                self._entry(table)

    def _header(self) -> Path:
        line = self._line()
        self._at += 1
        many = self._skip("[")
        table = self._resolve(self._key("]"), many)
        self._skip("]")
        self.lines[table] = line
        self.lines.setdefault(table[:-1] if many else table, line)
        return table

    def _resolve(self, names: list[str], many: bool) -> Path:
        """The path that a header names: the last row of each array of tables on the way, a new one at its end."""
        path: Path = ()
        for name in names[:-1]:
            path = (*path, name)
            path = (*path, self._rows[path] - 1) if path in self._rows else path
        path = (*path, *names[-1:])
        if many:
            self._rows[path] += 1
            path = (*path, self._rows[path] - 1)
        return path

    def _entry(self, table: Path) -> None:
        line, path = self._line(), table
        for name in self._key("="):
            path = (*path, name)
            self.lines.setdefault(path, line)
        self._value(path)

    def _key(self, end: str) -> list[str]:
        """The parts of a dotted key up to its end mark, which is consumed."""
        names = []
        while (mark := self._peek()) not in {end, "\n", ""}:
            if mark != ".":
                names.append(_unquoted(mark))
            self._at += 1
        self._skip(end)
        return names

    def _value(self, path: Path) -> None:
        if self._skip("{"):
            self._items(path, "}")
        elif self._skip("["):
            self._items(path, "]")
        else:
            while self._peek() not in {",", "]", "}", "\n", ""}:
                self._at += 1

    def _items(self, path: Path, end: str) -> None:
        index = 0
        while (mark := self._peek()) not in {"]", "}", ""}:
            if mark in {",", "\n"}:
                self._at += 1
            elif end == "}":
                self._entry(path)
            else:
                self.lines[(*path, index)] = self._line()
                self._value((*path, index))
                index += 1
        self._skip(end)

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _line(self) -> int:
        return self._tokens[self._at][1]

    def _skip(self, mark: str) -> bool:
        found = self._peek() == mark
        self._at += found
        return found


def _tokens(text: str) -> list[tuple[str, int]]:
    """Tokens with their lines; spaces and comments are left out."""
    tokens, line = [], 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            tokens.append((match[0], line))
        line += match[0].count("\n")
    return tokens


def _unquoted(mark: str) -> str:
    if mark.startswith("'"):
        return mark[1:-1]
    return _ESCAPE.sub(_unescaped, mark[1:-1]) if mark.startswith('"') else mark


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _SHORT.get(match[3], match[3])
