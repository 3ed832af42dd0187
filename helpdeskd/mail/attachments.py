"""Parts that are not the body → attachments with names that are safe to show.

A name comes from the part (RFC 2183 filename, RFC 2045 name, both with RFC 2231 and the encoded words that mailers put
there); a nested mail is named after its subject; what has no name is named after its position, so that the same mail
always gives the same names. `safe_name` takes every path, control and direction character away; the name is for
people and is never used on disk. For a TNEF file (winmail.dat) `contains` lists the names of the files in it.
"""

import re
import unicodedata

from helpdeskd.domain.message import Attachment, InBase64
from helpdeskd.mail import tnef
from helpdeskd.mail.base64_lines import in_lines
from helpdeskd.mail.fields import decoded, one_line, read_head
from helpdeskd.mail.parts import Part, content, encoding

_MAX_NAME = 200
_MAX_NAME_BYTES = 240
_SEPARATORS = re.compile("[/\\\\\u2044\u2215\u29f8\uff0f\uff3c]|%(?:2f|5c)", re.IGNORECASE)
_FORBIDDEN = re.compile('[:*?"<>|]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_ENDINGS = {
    "text/plain": "txt", "text/calendar": "ics", "text/vcard": "vcf", "text/x-vcard": "vcf", "image/jpeg": "jpg",
    "image/svg+xml": "svg", "message/rfc822": "eml", "message/global": "eml", "message/delivery-status": "txt",
    "text/rfc822-headers": "txt", "application/pkcs7-signature": "p7s", "application/pkcs7-mime": "p7m",
    "application/pgp-signature": "asc", "application/octet-stream": "bin",
}  # fmt: skip


def attachment(raw: bytes, part: Part) -> Attachment:
    """The attachment that a leaf is."""
    kept = _kept(raw, part)
    data = b"" if isinstance(kept, InBase64) else kept
    content_id = one_line(part.head.first("content-id")).strip("<>")
    return Attachment(
        name=_name(part, data),
        type=part.type,
        size=kept.size if isinstance(kept, InBase64) else len(kept),
        inline=part.disposition == "inline" or (bool(content_id) and part.disposition != "attachment"),
        kept=kept,
        content_id=content_id,
        contains=tuple(safe_name(name) for name in tnef.file_names(data)) if tnef.is_tnef(data) else (),
    )


def _kept(raw: bytes, part: Part) -> bytes | InBase64:
    """As it came where that will do: what tells its name or those of its files by its content is decoded."""
    telling = part.type.startswith("message/") or raw.startswith(tnef.IN_BASE64, part.start)
    lines = None if telling or encoding(part) != "base64" else in_lines(raw[part.start : part.end])
    return lines or content(raw, part)


def whole_mail(raw: bytes) -> Attachment:
    """A mail that was not taken apart, as one opaque attachment."""
    return Attachment("mail.eml", "message/rfc822", len(raw), False, raw)


def stated_name(part: Part) -> str:
    """The name that the sender gave the part, made safe, or ""."""
    disposition, kind = part.parameters("content-disposition"), part.parameters("content-type")
    name = disposition.get("filename") or kind.get("name") or disposition.get("name") or kind.get("file", "")
    return safe_name(name) if name else ""


def safe_name(name: str) -> str:
    """The name with its path folded into it, without what a file system, terminal or reader could take amiss."""
    name = unicodedata.normalize("NFC", _without_middle(one_line(decoded(name))))
    name = "_".join(piece for piece in _SEPARATORS.split(name) if piece.strip(" ."))
    name = _FORBIDDEN.sub("_", name).lstrip(" .").rstrip(" .")
    return _shortened(f"_{name}" if _RESERVED.match(name) else name)


def _without_middle(name: str) -> str:
    """A name that is not too long to be composed: that takes time by the square of its length."""
    return name if len(name) <= 2 * _MAX_NAME else name[:_MAX_NAME] + name[-_MAX_NAME:]


def _shortened(name: str) -> str:
    """At most 200 characters and 240 bytes, keeping the ending."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 15:
        stem, dot, ending = name, "", ""
    tail = dot + ending
    stem = stem[: _MAX_NAME - len(tail)]
    room = _MAX_NAME_BYTES - len(tail.encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + tail


def _name(part: Part, data: bytes) -> str:
    if name := stated_name(part):
        return name
    if part.type in ("message/rfc822", "message/global"):
        subject = safe_name(decoded(read_head(data, 0, len(data)).first("subject"))[:_MAX_NAME])
        return f"{subject or 'mail-' + part.position}.eml"
    if tnef.is_tnef(data):
        return "winmail.dat"
    subtype = part.type.partition("/")[2]
    ending = _ENDINGS.get(part.type) or (subtype if subtype.isalnum() and len(subtype) <= 5 else "bin")
    return f"part-{part.position or '1'}.{ending}"
