"""What stands under a text and is not part of it: `-- ` signatures, lines that mobile programs add, rules.

In: the lines of one piece of text between quotes. Out: the same lines without their end, and never others.
A signature starts at a line with nothing but two hyphens or a dash (RFC 3676 §4.3; the blank behind it is lost on the
way through HTML) and is short: above a longer text the hyphens are taken for a divider, and all is kept. A mobile
signature is one line that names a device or program and nothing else, at the end of a paragraph. It takes linear
time and never raises.
"""

import re
from collections.abc import Sequence

MOST_SIGNATURE_LINES = 25
SHORTEST_MOBILE = 8
LONGEST_MOBILE = 120

_DELIMITERS = frozenset({"--", "\\--", "—", "–"})
_RULE = re.compile(r"[\s>]*[-_=*~+#—–ᐧ][\s\-_=*~+#—–ᐧ]*$")
_DEVICES = (
    r"i-?(?:phone|pad|pod|os)|apple watch|android\w*|blackberry|samsung|galaxy|htc|huawei|nokia|xperia|pixel|oneplus|"
    r"xiaomi|redmi|motorola|lumia|fairphone|windows|outlook|mail|e-?mail|yahoo|gmail|proton\s?mail|gmx|k-9|airmail|"
    r"mailbox|spark|thunderbird|aquamail|bluemail|mobil\w*|mobiel\w*|(?:smart)?phone|cell(?:phone)?|tablet|handheld|"
    r"device|toestel|telefoon|telefon\w*|smarttelefon|teléfono|móvil|téléphone|cellulare|dispositiv\w*|urządzenia|"
    r"komórk\w*|телефон\w*|устройств\w*|смартфон\w*|puhelim\w*|mobilu"
)
_SENT = (
    r"sent|verzonden|verstuurd|sendt|skickat|gesendet|envoyé|enviado|inviato|wysłan[eo]|отправлено|надіслано|lähetetty|"
    r"odesláno|gönderildi"
)
_SENT_LAST = (
    r"von meinem|mit meinem|diese nachricht wurde|diese e-?mail wurde|dit bericht is|denne mail er|从我的|從我的|"
    r"iphone\s?から"
)
# The name of the program alone may be somebody's answer: only with a verb before or behind it is it the program's line.
_GET = (
    "get|download|hent|få|hämta|skaffa|télécharge[rz]|obten(?:ir|ez|er|ga|ha)|descargar?|scarica|ottieni|baixe|pobierz|"
    "holen sie sich|laden sie"
)
_FETCHED = "downloaden|herunterladen|beziehen|hämta"
_PROGRAM = r"outlook\s(?:voor|für|för|for|til|till|pour|para|per|dla)\s(?:ios|android)"
# "Sent by mail", "sent to your phone": a way or an aim, which a person tells.
_NO_WAY = r"(?!(?:(?:by|per|par|pr\.?|por|via)\s(?:e-?)?mail|to|aan|naar|til|an|à(?! partir))(?!\w))"
_EXCUSE = r"(?:[.,]+\s*(?:please )?(?:excuse|pardon|sorry|forgive|excuses|undskyld)\b.{0,60})?"
_WORDS = r"[^.,;:!?]{0,40}"
_DECORATION = re.compile(r"<?https?://\S*|\]\([^)\s]*\)|[\[\]()<>*_]")
_MOBILE = (
    re.compile(
        rf"\s*(?:{_SENT})\s{_NO_WAY}{_WORDS}?(?<!\w)(?:{_DEVICES})(?!\w){_WORDS}{_EXCUSE}[\s.]*$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\s*(?:{_SENT_LAST}){_WORDS}(?:gesendet|verzonden|verstuurd|sendt|发送|傳送|送信)[\s.]*$",
        re.IGNORECASE,
    ),
    re.compile(rf"\s*von\s{_WORDS}?(?<!\w)(?:{_DEVICES})(?!\w){_WORDS}gesendet[\s.]*$", re.IGNORECASE),
    re.compile(rf"\s*(?:(?:{_GET})\s+{_PROGRAM}(?:\sherunter)?|{_PROGRAM}\s+(?:{_FETCHED}))\s*$", re.IGNORECASE),
    re.compile(r"\s*sent from my(?: [\w'-]{1,20}){1,3}[\s.]*$", re.IGNORECASE),
)


def without_signature(lines: Sequence[str]) -> list[str]:
    """The lines above the signature, without mobile lines and without rules and blank lines at the end."""
    text = _above_delimiter(list(lines))
    kept: list[str] = []
    ends_here = True
    for line in reversed(text):
        mobile = ends_here and _is_mobile(line)
        ends_here = mobile or not line.strip() or _is_rule(line)
        if not mobile:
            kept.append(line)
    kept.reverse()
    return without_rules(kept)


def without_rules(lines: list[str]) -> list[str]:
    """The lines down to the last one that is more than blanks, dashes or underscores."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _is_rule(lines[end - 1])):
        end -= 1
    return lines[:end]


def _is_rule(line: str) -> bool:
    return len(line) <= LONGEST_MOBILE and _RULE.match(line) is not None


def _is_mobile(line: str) -> bool:
    """One line that names the device or program that sent the mail, and nothing else."""
    if not SHORTEST_MOBILE <= len(line) <= 3 * LONGEST_MOBILE:
        return False
    words = _DECORATION.sub(" ", line)
    return len(words) <= LONGEST_MOBILE and any(form.match(words) for form in _MOBILE)


def _above_delimiter(lines: list[str]) -> list[str]:
    below = 0
    cut = len(lines)
    for number in range(len(lines) - 1, -1, -1):
        if lines[number][:10].strip() in _DELIMITERS:
            cut = number
        below += bool(lines[number].strip())
        if below > MOST_SIGNATURE_LINES:
            break
    return lines[:cut]
