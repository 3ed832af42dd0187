"""Copied header blocks and titles: how Outlook, Apple Mail and others mark the mail that they answer or forward.

In: the lines of a mail and where to look. Out: how many lines the mark takes and whether it says "forwarded", or None.
Three forms: a block of fields (`From: … Sent: … To: … Subject: …` in the languages of LABELS, bold or not), a ruled
title (`-----Original Message-----`), and Apple's "Begin forwarded message:". A title and the block below are one mark.

It takes linear time and never raises. A form that a customer fills in ("Date: … Subject: …", "From: … To: … Date: …")
is not a block: that takes an author, two more fields and a subject or time of day; or two fields, one of them author or
date, and an address.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_LINE = 400
MOST_LINES = 14
MOST_WRAPPED = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """`lines` lines from where we looked open another mail; `forwarded`: its title says so."""

    lines: int
    forwarded: bool


LABELS = {
    "from": (
        "from|van|von|de|da|fra|från|frá|od|от|от кого|від|lähettäjä|kimden|gönderen|feladó|de la|από|差出人|送信元|"
        "发件人|發件人|寄件者|보낸 사람|expéditeur|remitente|remetente|afzender|absender|mittente|nadawca|отправитель|"
        "avsändare|afsender|avsender"
    ),
    "date": (
        "sent|date|verzonden|verstuurd|datum|gesendet|envoyé|envoyé le|enviado|enviado el|enviada|enviada em|"
        "enviado em|fecha|inviato|data|sendt|dato|skickat|wysłano|wysłane|data wysłania|отправлено|дата|надіслано|"
        "lähetetty|päivämäärä|pvm|gönderildi|gönderme tarihi|tarih|odesláno|odoslané|küldve|elküldve|"
        "dátum|送信日時|日付|日時|日期|发送时间|發送時間|寄件日期|보낸 날짜|날짜|trimis|ημερομηνία"
    ),
    "to": (
        "to|aan|an|à|a|para|til|till|do|кому|vastaanottaja|kime|alıcı|komu|címzett|宛先|收件人|받는 사람|către|προς|"
        "pour|destinataire|destinatario|destinatário|geadresseerde|empfänger|modtager|mottaker|mottagare|adresat|"
        "получатель"
    ),
    "subject": (
        "subject|onderwerp|betreff|objet|sujet|asunto|assunto|oggetto|emne|ämne|temat|тема|aihe|konu|předmět|predmet|"
        "tárgy|件名|主题|主題|主旨|제목|subiect|θέμα"
    ),
    "copy": (
        "cc|bcc|kopie|kopie (cc)|kopi|kopia|copie|copie à|copia|cópia|копия|копія|kópia|másolatot kap|抄送|副本|참조"
    ),
    "answer": (
        "reply-to|reply to|antwoord aan|antwort an|répondre à|responder a|rispondi a|risposta|svar til|svara till|"
        "importance|prioriteit|priority|wichtigkeit|urgentie|vigtighed|prioritet|attachments|bijlagen|"
        "vedhæftede filer|pièces jointes|anlagen"
    ),
}
_KIND = {label: kind for kind, labels in LABELS.items() for label in labels.split("|")}
_FIELD = re.compile(r"[\s*_]*([^\W\d_](?:[^\W\d_]|[ ()-]){0,22}?)\s*[*_]{0,2}\s*[:：]")
_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.]\d\d(?!\d)")
_TITLES = (
    "original|originele|oorspronkelijk|oprindelig|opprinnelig|ursprüngliche|ursprunglig|d'origine|d’origine|oryginalna|"
    "исходное|первоначальное|оригінальне|původní|pôvodná|alkuperäinen|eredeti|özgün|orijinal|αρχικό|reply message|"
    "antwort nachricht|元のメッセージ|原始邮件|原始郵件|원본 메시지"
)
_FORWARD_TITLES = (
    "forwarded|doorgestuurd|videresendt|weitergeleitet|transféré|réexpédié|vidarebefordra|reenviado|encaminhad|"
    "inoltrat|przekazan|пересылаем|переслан|переадресов|přeposlan|preposlan|edelleenlähetetty|välitetty|továbbított|"
    "iletilen|προωθημένο|転送|转发|轉寄|전달된|transmis"
)
# A title names what is below; "--- Original offer ---" is a heading of the writer's own.
_MESSAGES = (
    "message|bericht|besked|meddelelse|melding|nachricht|mail|meddelande|mejl|brev|mensaje|messaggio|mensagem|wiadomo|"
    "сообщени|письм|повідомлен|лист|zpráv|správ|viesti|üzenet|ileti|mesaj|μήνυμα|メッセージ|メール|邮件|郵件|메시지|메일"
)
_RULED = re.compile(r"[\s*>]*[-_=]{2,}\s*([^\W\d_][^\d\n]{2,60}?)\s*[-_=]{2,}[\s*]*[:：]?\s*$")
_MARKED = re.compile(r"[:：]|--|__|==")
_TITLE = re.compile(rf"(?:{_TITLES})", re.IGNORECASE)
_FORWARD_TITLE = re.compile(rf"(?:{_FORWARD_TITLES})", re.IGNORECASE)
_MESSAGE = re.compile(rf"(?:{_MESSAGES})", re.IGNORECASE)
_APPLE = re.compile(
    r"\s*(?:begin forwarded message|begin doorgestuurd bericht|anfang der weitergeleiteten (?:e-mail|nachricht)|"
    r"start på videresendt (?:besked|melding)|videresendt (?:besked|melding)|vidarebefordrat (?:brev|mejl|meddelande)|"
    r"début du message (?:réexpédié|transféré)|inicio del mensaje reenviado|inizio messaggio inoltrato|"
    r"início da mensagem (?:reencaminhada|encaminhada)|początek przekazywanej wiadomości|"
    r"начало переадресованного сообщения|välitetty viesti alkaa)\s*[:：]\s*$",
    re.IGNORECASE,
)
_MUTT = re.compile(r"\s*-{2,}\s*forwarded message from .{1,300}-{2,}\s*$", re.IGNORECASE)
_BOLD = "*_ \t\u00a0"


def mark_at(lines: Sequence[str], at: int) -> Mark | None:
    """The title (with the block of fields below it) or the block of fields that starts at this line."""
    if not _MARKED.search(lines[at][:LONGEST_LINE]):
        return None
    forwarded = _title(lines[at][:LONGEST_LINE])
    if forwarded is None:
        length = _block(lines, at)
        return Mark(length, False) if length else None
    below = at + 1
    while below < len(lines) and not lines[below].strip() and below - at < MOST_LINES:
        below += 1
    length = _block(lines, below, trusted=True) if below < len(lines) else 0
    return Mark(below - at + length if length else 1, forwarded)


def fields(lines: Sequence[str]) -> dict[str, str]:
    """The values of a block of fields by their kind (the keys of LABELS); a wrapped value is one line."""
    values: dict[str, str] = {}
    last = ""
    for line in lines:
        kind = _kind(line)
        if kind and kind not in values:
            last = kind
            values[kind] = line.partition(":" if ":" in line else "：")[2].strip(_BOLD)
        elif last and line.strip():
            values[last] = f"{values[last]} {line.strip(_BOLD)}"
    return values


def _title(line: str) -> bool | None:
    """Whether a title says forwarded; None if the line is no title."""
    if _APPLE.match(line) or _MUTT.match(line):
        return True
    ruled = _RULED.match(line)
    if ruled is None or not _MESSAGE.search(ruled[1]):
        return None
    if _FORWARD_TITLE.search(ruled[1]):
        return True
    return False if _TITLE.search(ruled[1]) else None


def _kind(line: str) -> str:
    field = _FIELD.match(line[:LONGEST_LINE])
    return _KIND.get(field[1].strip().lower(), "") if field else ""


def _block(lines: Sequence[str], at: int, trusted: bool = False) -> int:
    """How many lines the block of fields takes, 0 if there is none; below a title (`trusted`) one field is enough."""
    kinds: set[str] = set()
    end = wrapped = 0
    for number, line in enumerate(lines[at : at + MOST_LINES]):
        kind = _kind(line)
        if kind and kind not in kinds:
            kinds.add(kind)
            end, wrapped = number + 1, 0
        elif not kinds or not _goes_on(lines, at + number, wrapped):
            break
        else:
            wrapped += 1
    return end if _is_block(kinds, lines[at : at + end], trusted) else 0


def _goes_on(lines: Sequence[str], at: int, wrapped: int) -> bool:
    """A value wraps over a few lines; a blank line is inside of a block only between two fields."""
    if lines[at].strip():
        return wrapped < MOST_WRAPPED
    return at + 1 < len(lines) and bool(_kind(lines[at + 1]))


def _is_block(kinds: set[str], lines: Sequence[str], trusted: bool) -> bool:
    if trusted:
        return bool(kinds)
    if any("@" in line[:LONGEST_LINE] for line in lines):
        return len(kinds) >= 2 and not kinds.isdisjoint({"from", "date"})
    timed = any(_CLOCK.search(line[:LONGEST_LINE]) for line in lines)
    return len(kinds) >= 3 and "from" in kinds and ("subject" in kinds or timed)
