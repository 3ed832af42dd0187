"""The words of one language: `words.toml` → short texts, amounts, money, reasons and instants for people.

In: the folders of templates, the operator's first; a `words.toml` there needs to hold only what it changes. Out:
`Words`, whose methods are the filters of templates, and what is wrong with the files, as `FILE:LINE: text`.

An unknown word stands for itself, so a priority or kind that a plan names needs no entry. Details of reasons go into
their sentence as text and are never read as a format. Instants are aware UTC and are written in the recipient's zone;
money is integer cents, time worked integer minutes; blanks are plain where CLDR has a no-break space. Reading never
raises; writing raises for an unknown time zone (zoneinfo.ZoneInfoNotFoundError) and for a format of dates that is none
(ValueError).
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.resources.abc import Traversable
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from helpdeskd.domain.line import Kind, Line
from helpdeskd.domain.month import Month
from helpdeskd.domain.notice import Earlier, HeadLine
from helpdeskd.domain.tariff import HOUR
from helpdeskd.domain.ticket import Reason

FILE = "words.toml"
_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_CODE_AND_NUMBER = re.compile(r"(?<=[A-Z])(?=[0-9])")
_FORMATS = {"when": "EEEE d MMMM y, HH:mm", "day": "d MMMM y", "month": "LLLL y"}
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True)
class Words:
    """The groups of words of a language, and the locale that dates are written in."""

    language: str
    groups: Mapping[str, Mapping[str, str]]
    locale: Locale

    def word(self, key: str, group: str) -> str:
        """What a word of ours is called; the word itself where the group does not hold it. `N words` is any number."""
        known = self.groups.get(group, {})
        if key in known:
            return known[key]
        number, _, rest = key.partition(" ")
        of_any_number = known.get(f"N {rest}") if number.isdigit() else None
        return of_any_number.replace("N", number) if of_any_number else key

    def amount(self, text: str) -> str:
        """An amount of time as `str(Amount)` writes it, such as "4 working hours", in this language."""
        number, _, unit = text.partition(" ")
        if not (unit and number.replace(".", "", 1).isdecimal()):
            return self.word(text, "amounts")
        return f"{self.number(Decimal(number))} {self.word(unit, 'amounts')}"

    def reason(self, reason: Reason, group: str = "reasons") -> str:
        """The sentence for a reason; the reason itself where the language has none."""
        sentence = self.groups.get(group, {}).get(reason.code) or self.groups.get("reasons", {}).get(reason.code)
        return sentence.replace("{detail}", self._detail(reason)) if sentence else str(reason)

    def when(self, instant: datetime, zone: str) -> str:
        """Weekday, date and time on the clock of that IANA zone."""
        pattern = self._format("when")
        told = instant if _tells_seconds(pattern) else instant.replace(second=0, microsecond=0)
        return _when(told, pattern, zone, self.locale)

    def day(self, day: date) -> str:
        return format_date(day, self._format("day"), self.locale).translate(_SPACES)

    def month(self, month: Month) -> str:
        """A month and its year, such as "november 2026"."""
        return format_date(month.first_day, self._format("month"), self.locale).translate(_SPACES)

    def number(self, number: int | Decimal) -> str:
        return _number(str(number), self.locale)

    def money(self, cents: int, currency: str) -> str:
        """Cents of an ISO 4217 currency, with two decimals whatever is usual for it."""
        amount = Decimal(cents).scaleb(-2)
        written = format_currency(amount, currency, locale=self.locale, currency_digits=False).translate(_SPACES)
        return _CODE_AND_NUMBER.sub(" ", written)

    def minutes(self, minutes: int) -> str:
        """Minutes worked as hours and minutes, such as "2 h 15 min"."""
        parts = zip(divmod(abs(minutes), HOUR), ("h", "min"), strict=True)
        told = [part for part in parts if part[0]] or [(0, "min")]
        sign = "-" if minutes < 0 else ""
        return sign + " ".join(f"{self.number(number)} {self.word(unit, 'amounts')}" for number, unit in told)

    def line(self, line: Line, currency: str) -> str:
        """What a line of a statement is for, and why it is what it is; rates and amounts stand elsewhere."""
        about = Reason(line.kind, self._charged(line, currency))
        text = ", ".join(self.reason(each, "charges") for each in (about, *line.notes))
        whole = self.reason(Reason("correction", text), "charges") if line.correction else text
        return whole[:1].upper() + whole[1:]

    def wrote(self, earlier: Earlier, zone: str) -> str:
        """The line above what is quoted: when who wrote it."""
        line = self.word("wrote", "lines").replace("{when}", self.when(earlier.at, zone))
        return line.replace("{person}", earlier.person)

    def head(self, line: HeadLine, zone: str) -> str:
        """The value of a line of an agent's head: an instant, or text with what its label has words for."""
        if isinstance(line.value, datetime):
            return self.when(line.value, zone)
        if line.label == "reason":
            parts = (each.partition(": ") for each in line.value.splitlines())
            return " ".join(self.reason(Reason(code, detail)) for code, _, detail in parts)
        if line.label == "earlier":
            return self._earlier(line.value)
        if line.label in _MINUTES_OF_HEAD:
            return " / ".join(self.minutes(int(part)) for part in line.value.split(" / "))
        if line.label not in _GROUPS_OF_LABEL:
            return line.value
        return ", ".join(self._word_of(part, line.label) for part in line.value.split(", "))

    def _earlier(self, text: str) -> str:
        """An earlier ticket as `REFERENCE status: subject`."""
        known, _, subject = text.partition(": ")
        reference, _, status = known.partition(" ")
        return f"{reference} {self.word(status, 'statuses')}: {subject}"

    def _word_of(self, part: str, label: str) -> str:
        for group in _GROUPS_OF_LABEL[label]:
            if part in self.groups.get(group, {}):
                return self.groups[group][part]
        return part

    def _format(self, name: str) -> str:
        return self.groups.get("formats", {}).get(name, _FORMATS[name])

    def _charged(self, line: Line, currency: str) -> str:
        """Which card was bought; how many kilometres, and what each costs."""
        if line.kind is Kind.TRAVEL:
            return f"{self.number(line.quantity or 0)} km × {self.money(line.rate, currency)}"
        return line.card if line.kind is Kind.CARD else ""

    def _detail(self, reason: Reason) -> str:
        """A detail as its reason means it: a date, minutes, money, words of a group, or text."""
        if not reason.detail:
            return ""
        if reason.code in _DATES:
            return self.day(date.fromisoformat(reason.detail))
        if reason.code in _MINUTES:
            return self.minutes(int(reason.detail))
        if reason.code in _MONEY:
            amount, _, currency = reason.detail.partition(" ")
            return self.money(int(Decimal(amount).scaleb(2)), currency)
        group = _GROUP_OF_DETAIL.get(reason.code, "")
        return ", ".join(self.word(part, group) for part in reason.detail.split(", "))


_DATES = frozenset({"contract-ended", "contract-not-started", "unpaid"})
_MINUTES = frozenset({"free-minutes", "rounded", "call-out", "standby-minimum", "minimum"})
_MINUTES_OF_HEAD = frozenset({"cards", "charge", "unapproved", "approved", "estimate"})
_MONEY = frozenset({"rate", "over-quota-rate"})
_GROUP_OF_DETAIL = {
    "right": "rights",
    "no-right": "rights",
    "role": "roles",
    "no-role": "roles",
    "role-needed": "roles",
    "priority-asked": "priorities",
}
_GROUPS_OF_LABEL = {
    "status": ("statuses", "priorities", "kinds"),
    "priority": ("priorities",),
    "kind": ("kinds",),
    "rights": ("rights",),
    "roles": ("roles",),
    "entitlement": ("decisions",),
    "strength": ("strengths",),
    "language": ("languages",),
}


def _tells_seconds(pattern: str) -> bool:
    """Whether a format of dates may tell more than the minute, as the named ones do ("medium")."""
    return pattern.isalpha() or not {"s", "S", "A"}.isdisjoint(pattern)


@lru_cache(maxsize=512)
def _when(instant: datetime, pattern: str, zone: str, locale: Locale) -> str:
    """The customer and the agents are told the same instants, and who writes in the same minute other ones alike."""
    return format_datetime(instant, pattern, ZoneInfo(zone), locale).translate(_SPACES)


@lru_cache(maxsize=512)
def _number(number: str, locale: Locale) -> str:
    return format_decimal(Decimal(number), locale=locale).translate(_SPACES)


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
