"""The words of one language: `words.toml` → short texts, amounts, reasons and instants for people.

In: the folders of templates, the operator's first; a `words.toml` there needs to hold only what it changes. Out:
`Words`, whose methods are the filters of templates, and what is wrong with the files, as `FILE:LINE: text`.

An unknown word stands for itself, so a priority or kind that a plan names needs no entry. Details of reasons go into
their sentence as text and are never read as a format. Instants are aware UTC and are written in the recipient's zone,
with plain blanks where CLDR has a no-break space. Reading never raises; writing raises for an unknown time zone
(zoneinfo.ZoneInfoNotFoundError) and for a format of dates that is none (ValueError).
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources.abc import Traversable
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from helpdeskd.domain.notice import HeadLine
from helpdeskd.domain.ticket import Reason

FILE = "words.toml"
_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_FORMATS = {"when": "EEEE d MMMM y, HH:mm", "day": "d MMMM y"}
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True)
class Words:
    """The groups of words of a language, and the locale that dates are written in."""

    language: str
    groups: Mapping[str, Mapping[str, str]]
    locale: Locale

    def word(self, key: str, group: str) -> str:
        """What a word of ours is called; the word itself where the group does not hold it."""
        return self.groups.get(group, {}).get(key, key)

    def amount(self, text: str) -> str:
        """An amount of time as `str(Amount)` writes it, such as "4 working hours", in this language."""
        number, _, unit = text.partition(" ")
        if not (unit and number.replace(".", "", 1).isdecimal()):
            return self.word(text, "amounts")
        return f"{format_decimal(number, locale=self.locale)} {self.word(unit, 'amounts')}"

    def reason(self, reason: Reason, group: str = "reasons") -> str:
        """The sentence for a reason; the reason itself where the language has none."""
        sentence = self.groups.get(group, {}).get(reason.code) or self.groups.get("reasons", {}).get(reason.code)
        return sentence.replace("{detail}", self._detail(reason.detail)) if sentence else str(reason)

    def when(self, instant: datetime, zone: str) -> str:
        """Weekday, date and time on the clock of that IANA zone."""
        written = format_datetime(instant, self._format("when"), ZoneInfo(zone), self.locale)
        return written.translate(_SPACES)

    def day(self, day: date) -> str:
        return format_date(day, self._format("day"), self.locale).translate(_SPACES)

    def head(self, line: HeadLine, zone: str) -> str:
        """The value of a line of an agent's head: an instant, or text with what its label has words for."""
        if isinstance(line.value, datetime):
            return self.when(line.value, zone)
        if line.label == "reason":
            code, _, detail = line.value.partition(": ")
            return self.reason(Reason(code, detail))
        return ", ".join(self._word_of(part, line.label) for part in line.value.split(", "))

    def _word_of(self, part: str, label: str) -> str:
        groups = (self.groups.get(group, {}) for group in _GROUPS_OF_LABEL.get(label, ()))
        return next((group[part] for group in groups if part in group), part)

    def _format(self, name: str) -> str:
        return self.groups.get("formats", {}).get(name, _FORMATS[name])

    def _detail(self, detail: str) -> str:
        try:
            return (
                self.day(date.fromisoformat(detail))
                if len(detail) == len("2026-12-31")
                else self.word(detail, "rights")
            )
        except ValueError:
            return self.word(detail, "rights")


_GROUPS_OF_LABEL = {
    "status": ("statuses", "priorities", "kinds"),
    "priority": ("priorities",),
    "kind": ("kinds",),
    "rights": ("rights",),
    "entitlement": ("decisions",),
    "strength": ("strengths",),
    "language": ("languages",),
}


def load(folders: Sequence[Traversable], language: str) -> tuple[Words, list[str]]:
    """The words of a language and what is wrong with its files; the words of later folders count less."""
    groups: dict[str, dict[str, str]] = {}
    errors: list[str] = []
    for folder in reversed(folders):
        file = folder / language / FILE
        if file.is_file():
            read, wrong = _read(file)
            errors += wrong
            for name, group in read.items():
                groups.setdefault(name, {}).update(group)
    return Words(language, groups, _locale(language)), errors


def _read(file: Traversable) -> tuple[dict[str, dict[str, str]], list[str]]:
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except ValueError as error:
        found = _LINE.search(str(error))
        return {}, [
            f"{file}:{found[1] if found else 1}: {_LINE.sub('', str(error)).strip()} (write valid TOML in UTF-8)"
        ]
    wrong = [
        f'{file}:1: {name}: is no group of texts (write [{name}] and word = "text" below it)' for name in _odd(content)
    ]
    return {} if wrong else content, wrong


def _odd(content: Mapping[str, object]) -> Iterable[str]:
    for name, group in content.items():
        if not (isinstance(group, dict) and all(isinstance(text, str) for text in group.values())):
            yield name


def _locale(language: str) -> Locale:
    """The locale of a language's dates; English where Babel does not know it."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")
