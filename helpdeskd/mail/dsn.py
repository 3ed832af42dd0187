"""Delivery reports: which recipients of an earlier mail were not reached, and for good or not.

`read_bounce` tries, in this order: the machine-readable report of RFC 3464, also where it stands in plain text; the
X-Failed-Recipients field; flufl.bounce; the text forms of `bounce_text`. All but the first see only what a mail
system may have written (`bounce_text.may_be_report`), because flufl.bounce raises on ordinary mail and is slow on
large ones and on long lines: it gets the first 32 KiB, of each line 1,000 bytes, and whatever it raises means that it
found nothing. A report of success is no bounce. Two facts are kept apart for each recipient: this mail failed for good,
and the address itself is bad (RFC 3463 §3.2). Nothing here raises.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes

from flufl.bounce import all_failures

from helpdeskd.domain.message import Bounce, FailedRecipient
from helpdeskd.mail import bounce_text, limits
from helpdeskd.mail.fields import Head, decoded, one_line, read_head
from helpdeskd.mail.parts import Part, content

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_TYPES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_RECIPIENT_FIELDS = ("final-recipient", "original-recipient", "x-actual-recipient")
_GROUPS = re.compile(rb"\n[ \t]*\r*\n")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_TYPED = re.compile(r"(?:[\w-]{1,30}\s*;)?[\s<\"]*([^\s<>;:\",]{1,64}@[^\s<>;:\"@,]{1,255})")
_REACHED = ("delivered", "relayed", "expanded", "deliverable")
_BAD_ADDRESS = re.compile(r"5\.1\.(?!(?:0|7|8|9)$)\d+")
_VAGUE = ("", "5.0.0", "5.1.0", "5.3.0", "5.4.1", "5.5.0", "5.7.0", "5.7.1")
_UNKNOWN_USER = re.compile(
    r"(?:user|recipient|mailbox|address|account|host|domain)\b.{0,40}\b(?:unknown|not found|not exist|invalid|inactive"
    r"|disabled|not listed|no longer|unavailable here)|(?:no such|unknown|invalid|nonexistent) "
    r"(?:user|recipient|mailbox|address|account|host|domain)|no mailbox here|not our customer",
    re.IGNORECASE,
)
_NOT_THE_ADDRESS = re.compile(r"quota|mailbox.{0,20}\bfull|blocked|blacklist|banned|\bspam", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"^[ \t>]{0,8}message-id:\s*(<[^<>\s]{1,998}>)", re.IGNORECASE | re.MULTILINE)
_BLANK_LINES = re.compile(rb"\n(?:[ \t]{0,80}\n){3,}")
_LONG_LINE = re.compile(rb"([^\n]{1000})[^\n]+")
_TO = re.compile(r"^[ \t>]{0,8}to:[ \t]*([^\n]{0,998})", re.IGNORECASE | re.MULTILINE)
_FLUFL_BYTES = 32 * 1024

# It logs every detector that fails on a mail with its traceback; a mail that it cannot read is no fault.
logging.getLogger("flufl.bounce").disabled = True


def read_bounce(raw: bytes, tree: Part, text: str) -> Bounce | None:
    """The failed and delayed recipients of a delivery report; None for any other mail."""
    leaves = list(tree.leaves())
    reports = [content(raw, leaf)[: limits.MAX_REPORT] for leaf in leaves if leaf.type in _STATUS_TYPES]
    groups = [group for report in reports for group in _groups(report)]
    failed = tuple(filter(None, map(_recipient, groups)))
    if not failed and groups and all(group.get("action", "").lower() in _REACHED for group in groups):
        return None
    found = failed or _unstructured(raw, tree, text)
    if found is None:
        return None
    return Bounce(_each_once(found), _original_message_id(raw, leaves, text))


def _groups(report: bytes) -> Iterator[dict[str, str]]:
    """The groups of fields that name a recipient (RFC 3464 §2.1), each by lower-case name."""
    for group in _GROUPS.split(report.strip(b"\r\n")):
        if b"-recipient" in group.lower():
            start = _first_field(group)
            fields = read_head(group, start, len(group)).fields
            yield {field.name.lower(): one_line(decoded(field.text)) for field in reversed(fields)}


def _first_field(group: bytes) -> int:
    """Where the fields begin: some reports put a line of text before them."""
    found = re.search(rb"^(?:action|(?:final|original)-recipient|reporting-mta)[ \t]*:", group, re.I | re.M)
    return found.start() if found else 0


def _recipient(group: dict[str, str]) -> FailedRecipient | None:
    """One group (RFC 3464 §2.3); None when that recipient was reached, or nothing is said of it."""
    typed = filter(None, (_TYPED.match(group.get(name, "")) for name in _RECIPIENT_FIELDS))
    named = [match[1].rstrip(".'") for match in typed]
    address = next((one for one in named if "." in one.partition("@")[2]), "".join(named[:1]))
    action = group.get("action", "").split(" ")[0].lower()
    status = _first_status(group.get("status", ""))
    if not address or action in _REACHED or not (action or status) or status.startswith("2"):
        return None
    delayed = action == "delayed" or (action != "failed" and status.startswith("4"))
    return _verdict(address, delayed, status, group.get("diagnostic-code", ""))


def _verdict(address: str, delayed: bool, status: str, words: str) -> FailedRecipient:
    words = words[:2000]
    bad = _BAD_ADDRESS.match(status) or (status in _VAGUE and _UNKNOWN_USER.search(words))
    return FailedRecipient(
        address=address,
        action="delayed" if delayed else "failed",
        status=status,
        permanent=not delayed,
        bad_address=bool(bad) and not delayed and not _NOT_THE_ADDRESS.search(words),
    )


def _first_status(text: str) -> str:
    found = _STATUS.search(text)
    return found[1] if found else ""


def _unstructured(raw: bytes, tree: Part, text: str) -> tuple[FailedRecipient, ...] | None:
    """What a report without a delivery-status part says; None when the mail is no report."""
    kind = tree.parameters("content-type").get("report-type", "").lower() if tree.type == "multipart/report" else ""
    if not bounce_text.may_be_report(tree.head, kind):
        return None
    text = text[: limits.MAX_REPORT]
    if written := tuple(filter(None, map(_recipient, _groups(text.encode())))):
        return written
    notice = bounce_text.notice(text)
    found = _stated(tree.head) or _by_flufl(raw, tree.head) or bounce_text.recipients(tree.head, notice)
    if found:
        return tuple(_described(address, tree, notice) for address in found)
    if not bounce_text.is_report(tree.head, notice):
        return None
    return tuple(_described(address, tree, notice) for address in _returned_to(raw, tree, text))


def _returned_to(raw: bytes, tree: Part, text: str) -> list[str]:
    """The only addressee of the mail that came back, for a report that names nobody."""
    found = [match[1] for returned in _returned(raw, list(tree.leaves()), text) for match in _TO.finditer(returned)][:1]
    named = [address for value in found for address in bounce_text.addresses(value)]
    return named if len(named) == 1 else []


def _stated(head: Head) -> list[str]:
    """The addresses of X-Failed-Recipients (Exim, Gmail)."""
    return [one for field in head.all("x-failed-recipients") for one in bounce_text.addresses(field.text)]


def _by_flufl(raw: bytes, head: Head) -> list[str]:
    try:
        start = _LONG_LINE.sub(rb"\1", _BLANK_LINES.sub(b"\n\n\n", raw[:_FLUFL_BYTES].replace(b"\r", b"")))
        temporary, permanent = all_failures(message_from_bytes(start))
    except Exception:
        return []
    found = sorted(address.decode("utf-8", "replace") for address in temporary | permanent)
    return bounce_text.without_own([address for each in found for address in bounce_text.addresses(each)], head)


def _described(address: str, tree: Part, notice: str) -> FailedRecipient:
    """An address that a text names, with what the lines about it say."""
    lines = [line for line in notice.splitlines() if address in line]
    words = "\n".join(lines) or notice
    status = _first_status(words) or _first_status(notice)
    return _verdict(address, bounce_text.is_delay(tree.head, notice), status, notice)


def _each_once(found: Iterable[FailedRecipient]) -> tuple[FailedRecipient, ...]:
    """One row per address; what failed counts more than what is late."""
    rows: dict[str, FailedRecipient] = {}
    for recipient in found:
        key = recipient.address.lower()
        if key not in rows or (recipient.permanent and not rows[key].permanent):
            rows[key] = recipient
    return tuple(rows.values())[: limits.MAX_PARTS]


def _original_message_id(raw: bytes, leaves: list[Part], text: str) -> str:
    """The Message-ID of the mail that came back."""
    found = (_MESSAGE_ID.search(returned) for returned in _returned(raw, leaves, text))
    return next((match[1] for match in found if match), "")


def _returned(raw: bytes, leaves: list[Part], text: str) -> Iterator[str]:
    """The mail that came back: a part of its own, or text behind the notice."""
    for leaf in leaves:
        if leaf.type in _RETURNED_TYPES:
            yield content(raw, leaf)[: limits.MAX_REPORT].decode("latin-1")
    yield text[: limits.MAX_REPORT]
