"""The few words that customers have, in any shipped language (spec/desk.md, "Customers"): rows, one a word.

In: what is new in a mail, or a subject. Out: the word that stands alone on the first line, case and final punctuation
aside; None for anything else, so that a sentence which merely contains one means nothing. Behind `approve` an amount
may stand, which is all that is agreed to; behind `add` and `remove` stands who is meant. A first line that only begins
with an answer is none, but `begins` knows it, so that its writer can be told. Whether the word counts, its handler
decides.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from helpdeskd.triage.quantity import money_of

APPROVE = "approve"
DECLINE = "decline"
CLOSE = "close"
STATUS = "status"
BALANCE = "balance"
HELP = "help"
CONTACTS = "contacts"
ADD = "add"
REMOVE = "remove"
LONGEST = 60
LONGEST_WITH_PERSON = 300
LONGEST_COMPOSED = 2 * LONGEST_WITH_PERSON
_FINAL = " .!,;:…\u200b\ufeff"
_NUMBER = re.compile(r"[-+€]?\s?[0-9]")
MOST_OF_A_SIGNATURE = 40


def _forms(*written: str) -> frozenset[str]:
    """Words as they are compared."""
    return frozenset(each.casefold() for each in written)


_GREETINGS = _forms(
    *("groet", "groeten", "groetjes", "gr", "mvg", "met vriendelijke groet", "met vriendelijke groeten"),
    *("vriendelijke groet", "hartelijke groet", "hilsen", "mvh", "vh", "med venlig hilsen", "venlig hilsen"),
    *("regards", "kind regards", "best regards", "best", "best wishes", "yours sincerely"),
    *("cordialement", "bien cordialement", "bien à vous", "cdt", "salutations"),
    *("gruß", "grüße", "viele grüße", "mfg", "lg", "mit freundlichen grüßen", "mit freundlichem gruß"),
)
_THANKS = _forms(
    *("bedankt", "alvast bedankt", "dank", "dank je", "dank je wel", "dank u", "dank u wel"),
    *("tak", "mange tak", "på forhånd tak", "på forhånd mange tak"),
    *("thanks", "many thanks", "thank you", "thanks in advance", "thank you in advance"),
    *("merci", "merci beaucoup", "merci d'avance", "merci par avance"),
    *("danke", "vielen dank", "besten dank", "danke schön", "danke im voraus", "vielen dank im voraus"),
)


def _is_amount(text: str) -> bool:
    """Whether it is meant as an amount: a number, or money with its currency before it."""
    return bool(_NUMBER.match(text)) or money_of(text) is not None


def _names_an_address(text: str) -> bool:
    """Whether it says who is meant: as the first word of a sentence, an imperative is more than a word of ours."""
    return "@" in text


@dataclass(frozen=True, slots=True)
class Row:
    """A word, how people write it, and whether it is good as a subject too. `takes` says of what stands behind it
    whether it belongs to it.
    """

    name: str
    written: frozenset[str]
    subject: bool = True
    takes: Callable[[str], bool] | None = None
    longest: int = LONGEST


@dataclass(frozen=True, slots=True)
class Word:
    """`argument` is what stands behind it, "" for nothing."""

    name: str
    argument: str = ""


ROWS: tuple[Row, ...] = (
    Row(
        APPROVE,
        _forms(
            *("akkoord", "ja", "ja, akkoord", "goedgekeurd"),
            *("godkendt", "godkend", "ja tak"),
            *("approve", "approved", "yes", "agreed", "ok", "okay", "oké"),
            *("d'accord", "oui", "accord", "approuvé"),
            *("einverstanden", "ja, einverstanden", "genehmigt"),
        ),
        subject=False,
        takes=_is_amount,
    ),
    Row(
        DECLINE,
        _forms(
            *("nee", "niet akkoord", "afgekeurd", "afgewezen"),
            *("nej", "nej tak", "afvist", "ikke godkendt"),
            *("decline", "declined", "no", "rejected", "not approved"),
            *("non", "pas d'accord", "refusé"),
            *("nein", "abgelehnt", "nicht einverstanden"),
        ),
        subject=False,
    ),
    Row(CLOSE, _forms("sluiten", "afsluiten", "luk", "afslut", "close", "fermer", "clôturer", "schließen")),
    Row(STATUS, _forms("status", "stand", "statut", "état")),
    Row(BALANCE, _forms("balance", "saldo", "solde", "guthaben")),
    Row(HELP, _forms("help", "hulp", "hjælp", "aide", "hilfe")),
    Row(
        CONTACTS,
        _forms(
            *("contacts", "contactpersonen", "contacten", "kontakter", "kontaktpersoner"),
            *("kontakte", "kontaktpersonen", "ansprechpartner"),
        ),
    ),
    Row(ADD, _forms("toevoegen", "tilføj", "add", "ajouter", "hinzufügen"), True, bool, LONGEST_WITH_PERSON),
    Row(REMOVE, _forms("verwijderen", "fjern", "remove", "supprimer", "entfernen"), True, bool, LONGEST_WITH_PERSON),
    Row(
        ADD,
        _forms("voeg toe", "ajoute", "ajoutez", "füge hinzu"),
        takes=_names_an_address,
        longest=LONGEST_WITH_PERSON,
    ),
    Row(
        REMOVE,
        _forms("verwijder", "supprime", "supprimez", "entferne"),
        takes=_names_an_address,
        longest=LONGEST_WITH_PERSON,
    ),
)

_WORDS = tuple(written for row in ROWS for written in row.written)
_ANSWERS = tuple(written for row in ROWS if row.name in {APPROVE, DECLINE} for written in row.written)
_OF_SUBJECTS = tuple(row for row in ROWS if row.subject)


def said(new: str) -> Word | None:
    """The word alone on the first line that is not blank."""
    line = _first(new)[0]
    return _said(line) if len(line) <= LONGEST_WITH_PERSON else None


@lru_cache(maxsize=64)
def _said(line: str) -> Word | None:
    """Every handler of a mail asks this about the same line."""
    return _word(line, ROWS)


def begins(new: str) -> bool:
    """Whether the first line that is not blank begins with an answer, and goes on or not."""
    line = _first(new)[0].casefold()
    if not line.startswith(_ANSWERS):
        return False
    return any(line.startswith(answer) and not line[len(answer) :][:1].isalnum() for answer in _ANSWERS)


@lru_cache(maxsize=4)
def asked(subject: str) -> Word | None:
    """The word that is a whole subject."""
    return _word(_plain(subject), _OF_SUBJECTS)


def after_word(new: str) -> str:
    """What stands below the first line that is not blank."""
    return _first(new)[1]


def is_only_signed(text: str, name: str = "") -> bool:
    """Whether a text says nothing: it is empty, or thanks, the writer's own name, or a greeting with a name below or
    behind it.
    """
    own = {name.casefold(), name.casefold().partition(" ")[0]}
    lines = (_plain(line).casefold() for line in text.splitlines())
    line = next((line for line in lines if line and line not in _THANKS and line not in own), "")
    return not line or (line.partition(",")[0] in _GREETINGS and len(text.split()) <= MOST_OF_A_SIGNATURE)


def composed(text: str) -> str:
    """The text in NFC; one that is too long for any word is left as it is, since that may take hours."""
    return unicodedata.normalize("NFC", text) if len(text) <= LONGEST_COMPOSED else text


@lru_cache(maxsize=4)
def _first(new: str) -> tuple[str, str]:
    """The first line that is not blank, as words are compared but for its case, and what stands below it.

    Every handler of a mail asks this about the same text.
    """
    lines = new.splitlines()
    place = next((number for number, line in enumerate(lines) if _plain(line)), len(lines))
    return _plain("".join(lines[place : place + 1])), "\n".join(lines[place + 1 :]).strip()


def _word(line: str, rows: tuple[Row, ...]) -> Word | None:
    folded = line.casefold()
    # Asked first, since it is quick: nearly no line begins with a word of ours.
    if not folded.startswith(_WORDS):
        return None
    exact = next((row for row in rows if len(line) <= row.longest and folded in row.written), None)
    if exact is not None:
        return Word(exact.name)
    behind = ((row, _behind(line, row)) for row in rows if row.takes and len(line) <= row.longest)
    return next((Word(row.name, rest) for row, rest in behind if row.takes and row.takes(rest.casefold())), None)


def _behind(line: str, row: Row) -> str:
    """What stands behind the word that a line begins with; "" where it begins with none of this row."""
    forms = (form for form in row.written if line[: len(form)].casefold() == form)
    return next((line[len(form) :].strip() for form in forms if line[len(form) :].startswith(" ")), "")


def _plain(line: str) -> str:
    """A line as words are compared."""
    return composed(" ".join(line.split())).replace("\u2019", "'").strip(_FINAL)
