"""Attribution lines: what a mail program writes above the text it quotes ("On Monday Anna <anna@x> wrote:").

In: the lines of a mail and where to look. Out: the number of lines that the attribution takes and how sure we are, or
None. No language is detected: in all of them there is a date, a name or address, a verb and a colon, in some order,
wrapped by the mail program over up to four lines. A new language costs one verb in VERBS, and a word in INTROS if its
line opens with one.

It takes linear time (a line is read through its first 400 characters, at most four of them together) and never raises.
A sentence of a person that has the same form cannot be told from an attribution; so `Sureness.LIKELY` counts only
above `>` quotes, and the whole text is kept beside the new one (spec "What is new in a reply").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

LONGEST_LINE = 400
MOST_LINES = 4
LONGEST_WEAK = 100
MOST_NAME_WORDS = 8

# Words that open the line before the date: nl, da, en, fr, de, sv, no, es, it, pt, pl, ru, cs, ro, zh, el, vi, id.
INTROS = (
    "on|at|op|am|le|den|d\\.|el|il|in data|em|no dia|dnia|w dniu|dne|dňa|pe data|la data|dana|på|в|у|在|於|于|"
    "στις|vào|kl|pada"
)
VERBS = (
    r"wrote|writes|sent(?=[\s:：]*$)",
    "schreef|geschreven|skrev|skrifaði|schrieb|geschrieben",
    "a écrit|a ecrit|ha scritto|escribió|va escriure|escreveu|escribiu|a scris",
    r"napisał\(a\)|napisała|napisał|pisze|napsal\(a\)|napsala|napsal|napísal\(a\)|napísala|napísal|napisao|napisala|napisal",
    r"написал\(а\)|написала|написал|написав|написа|пишет|пише|писал\(а\)|писал",
    "kirjoitti|kirjutas|rakstīja|rašė|yazdı|írta|έγραψε|đã viết|menulis|כתב|كتب",
)
# Verbs that some programs leave without a colon; there the line must hold a date.
_BARE_ENDS = ("wrote", "sent", "schreef", "geschreven", "skrev", "schrieb", "écrit", "scritto", "escribió", "escreveu")
_ENDS = (">", *_BARE_ENDS)
_COLONS = (":", "：")
_VERB = re.compile(
    rf"(?<!\w)(?:{'|'.join(VERBS)})(?!\w)|写道|寫道|写了|書きました|のメール|のメッセージ|작성|썼습니다", re.IGNORECASE
)
# Programs name people; a pronoun beside the verb is written by a person, about what was said before. With a capital
# most of these are names.
_PRONOUNS = (
    r"(?:ik|wij|we|u|jij|je|jullie|hij|zij|jeg|vi|du|han|hun|I|you|he|she|they|nous|vous|il|elle|ich|wir|sie|Sie|er)"
    r"(?![\w.])"
)
_PRONOUN_BEFORE = re.compile(rf"(?<!\w){_PRONOUNS}\s+$")
_PRONOUN_BEHIND = re.compile(rf"\s+{_PRONOUNS}")
_INTRO = re.compile(rf"(?:{INTROS})\s+(?=\S)", re.IGNORECASE)
# After the introduction come at most three words (weekday, month) and then a figure of the date or the clock.
_OPENS_WITH_DATE = re.compile(r"(?:[^\W\d_]{1,14}[.,]*\s+){0,3}\d")
_FULL_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|年")
_CLOCK = re.compile(r"(?<!\d)\d{1,2}\s?[:.h]\s?\d{2}(?!\d)|\d{1,2}\s?[ap]\.?m\b", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>@,;:\"]{1,64}@[^\s<>@,;\"]{1,255}")
_BRACKETED = re.compile(r"[<(]\s*(?:mailto:)?[^\s<>]{1,64}@[^<>\s]{1,255}")
_NAMED = re.compile(rf"[^\s<>:][^<>:]{{0,60}}{_BRACKETED.pattern}")
_ENDS_WITH_ADDRESS = re.compile(r"@[^\s<>@]{1,255}\s*>\s*[:：]$")
_BARE_DATED = re.compile(
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}\s(?:.{0,80}<[^\s<>]+@[^\s<>]+>|\d{1,2}:\d\d GMT[+-]\d\d:\d\d \S.{0,60})$"
)
# Only a line with a date or an address is read together with the ones below it.
_WRAPS = re.compile(r"[\d<@]")
_CLOSES_BRACKET = re.compile(r"\s*>\s*(?:[^\s>][^>]{0,40})?[:：]?\s*$")
_FRAME = " \t\u00a0*-_=|"


class Sureness(IntEnum):
    """WEAK: a verb and a colon. LIKELY: a date or an address as well. CERTAIN: enough to cut without `>` below."""

    WEAK = 1
    LIKELY = 2
    CERTAIN = 3


@dataclass(frozen=True, slots=True)
class Attribution:
    """`lines` lines from where we looked are an attribution."""

    lines: int
    sureness: Sureness


def attribution_at(lines: Sequence[str], at: int) -> Attribution | None:
    """The shortest attribution that starts at this line, unless a better one starts inside of it.

    One that ends without a colon is taken only where no line below brings the colon.
    """
    most = MOST_LINES if _WRAPS.search(lines[at][:LONGEST_LINE]) else 1
    parts: list[str] = []
    found: Attribution | None = None
    for line in lines[at : at + most]:
        if not _continues(parts, line):
            break
        parts.append(line[:LONGEST_LINE].strip(_FRAME))
        ended = parts[-1].endswith(_COLONS)
        sureness = _judge(parts) if ended or (found is None and _may_end(parts)) else None
        if sureness is not None:
            found = Attribution(len(parts), sureness)
        if found is not None and ended:
            break
    return None if found is None or _starts_later(parts[: found.lines]) else found


def _continues(parts: list[str], line: str) -> bool:
    """A wrapped line goes on until a blank or quoted one; a `>` may close an address that a line before has opened."""
    if not parts:
        return True
    if not line.lstrip().startswith(">"):
        return bool(line.strip())
    opened = sum(part.count("<") - part.count(">") for part in parts) > 0
    return opened and _CLOSES_BRACKET.match(line[:LONGEST_LINE]) is not None


def _may_end(parts: list[str]) -> bool:
    """Whether a line without a colon may be the last. Asked first: it is cheap and nearly always says no."""
    return parts[-1].endswith(_ENDS) or " GMT" in parts[-1]


def _judge(parts: list[str]) -> Sureness | None:
    text = " ".join(parts)
    if _BARE_DATED.match(text):
        return Sureness.CERTAIN
    return _judge_dated(text) if _is_dated(text) else _judge_undated(text, len(parts))


def _is_dated(text: str) -> bool:
    """It opens with an introduction or a weekday, and a date."""
    intro = _INTRO.match(text)
    if _OPENS_WITH_DATE.match(text, intro.end() if intro else 0) is None:
        return False
    return bool(_FULL_DATE.search(text) or _CLOCK.search(text))


def _judge_dated(text: str) -> Sureness | None:
    """Date, then in any order name, address and verb; none is needed before a bracketed address and a colon."""
    bracketed = _BRACKETED.search(text) is not None
    whole_date = bool(_FULL_DATE.search(text) and _CLOCK.search(text))
    verb = _VERB.search(text)
    if verb is None:
        return Sureness.CERTAIN if whole_date and _ENDS_WITH_ADDRESS.search(text) else None
    colon = text.endswith(_COLONS)
    if not colon and not text.endswith(_BARE_ENDS):
        return None
    named = whole_date and verb.start() > 0 and len(text[verb.end() :].split()) <= MOST_NAME_WORDS
    if (bracketed or named) and not _is_persons(text, verb):
        return Sureness.CERTAIN
    return Sureness.LIKELY if colon else None


def _is_persons(text: str, verb: re.Match[str]) -> bool:
    """Whether it is a sentence of a person: "On Monday at 10:00 I wrote:"."""
    before = text[max(0, verb.start() - 12) : verb.start()]
    return bool(_PRONOUN_BEFORE.search(before) or _PRONOUN_BEHIND.match(text, verb.end()))


def _judge_undated(text: str, lines: int) -> Sureness | None:
    """Name <address> verb, date or none, colon; or no more than a name, a verb and a colon."""
    if not text.endswith(_COLONS) or len(text) > LONGEST_LINE:
        return None
    verb = _VERB.search(text)
    if verb is None:
        return None
    if _NAMED.match(text):
        return Sureness.CERTAIN
    if "--" in text:
        return None  # the writer's words and an attribution on one line: keep both
    if _ADDRESS.search(text):
        return Sureness.LIKELY
    return Sureness.WEAK if lines == 1 and len(text) < LONGEST_WEAK and verb.start() > 0 else None


def _starts_later(parts: list[str]) -> bool:
    """Whether the first lines are the writer's: "See you at 10" above a whole attribution is not a part of it."""
    dated = bool(_INTRO.match(parts[0]) or _FULL_DATE.search(parts[0])) and _is_dated(parts[0])
    tails = (parts[skipped:] for skipped in range(1, len(parts)))
    return any(_judge(tail) == Sureness.CERTAIN and (not dated or _is_dated(" ".join(tail))) for tail in tails)
