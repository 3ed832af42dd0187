"""Delivery reports that are written for people: the forms in which mail systems name who was not reached.

`may_be_report` says whether a mail can come from a mail system at all (null return path, daemon sender, report type or
subject), so that a person who quotes an error is never taken for one. `notice` is the report without the returned
mail. `recipients` tries the rows of `_FORMS` from the most definite to the vaguest and takes the first that finds an
address besides those of the report's own sender and addressee. Every pattern is bounded to one line and every line to
1,000 characters: linear in time. Nothing here raises.
"""

import re

from helpdeskd.mail.fields import Head, decoded, one_line

_NO_LOCAL = r"\s<>()\[\]\",;:@|\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069"
_ADDR = rf"[^{_NO_LOCAL}]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,9}}"
_ADDRESS = re.compile(_ADDR)
_DAEMONS = re.compile(
    r"mailer-?_?daemon|mail-?_?daemon|post-?_?master|mail delivery (?:sub)?system|mail (?:system|administrator)|mdaemon"
    r"|bounces?(?:[+@-])|internet mail delivery|delivery (?:agent|service)|mail router|non-?delivery|ndr administrator"
    r"|^<?>?$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^\W*(?:(?:automatic|system|mail|message|e-?mail|delivery|warning|error|nondeliverable|permanent|returned)\b.{0,60})?"
    r"(?:undeliver|non-?deliver|not? (?:be )?deliver|could ?n.t be deliver|fail"
    r"|returned (?:to sender|mail|message|e-?mail)|return to sender"
    r"|delivery (?:status|report|notif|error|problem|warning|delay|delayed|attempt)"
    r"|delayed|mail (?:system error|error|warning)|error sending|user unknown|unknown user|mailbox full|rejected"
    r"|there was an error|problem deliver|unzustellbar|non remis|chec de (?:la )?(?:remise|distribution)|onbestelbaar"
    r"|niet (?:bezorgd|afgeleverd)|kunne ikke leveres|ikke leveret|kunde inte levereras|no se ha podido entregar"
    r"|mancata consegna|n.o entregue)|не доставлен|エラー|(?:配信|送信)できません|送達",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"undeliver|(?:could ?n.t|could not|cannot|can.t|not|unable to|was ?n.t able to|failed to|trouble|problem"
    r"|error.{0,40}) (?:be |been |successfully )*(?:deliver|sent|send|reach)"
    r"|delivery.{0,40}(?:fail|error|problem|delay|abort|suspend)"
    r"|returned (?:to sender|mail|message)|(?:permanent|fatal|unrecoverable|transient).{0,20}(?:error|fail)"
    r"|(?:user|recipient|mailbox|host|address|account).{0,40}"
    r"(?:unknown|not found|not exist|unavailable|rejected|refused|full|invalid|disabled|inactive)"
    r"|(?:no such|unknown|invalid) (?:user|recipient|mailbox|host|address)"
    r"|(?:over|exceed).{0,12}quota|mailbox.{0,20}full"
    r"|(?:^|\s)[45]\d\d[ -][45#]\.\d|\b55[0-4] |has been delayed|not yet been|failure reason"
    r"|nicht zugestellt|n['’]a pas pu|niet (?:worden )?(?:bezorgd|afgeleverd)|kunne ikke leveres"
    r"|no se (?:ha podido|pudo) entregar|non .{0,20}recapitat|não .{0,20}entregue|не .{0,20}доставлен"
    r"|送信できません|配信できません|送信に失敗|エラーメッセージ",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"\bdelay(?:ed)?\b|still (?:be |being )?(?:try|retr|queue|in )"
    r"|will (?:be|keep|continue|try|retry).{0,30}(?:retr|try|attempt)"
    r"|not yet been deliver|has not been (?:delivered|sent) yet|temporary (?:failure report|error|failure)|warning"
    r"|(?:do not|don.t) need to re-?send|transient",
    re.IGNORECASE,
)
_FINAL = re.compile(
    r"(?:permanent|fatal).{0,20}(?:error|fail)|giv(?:en|ing) up|has failed|undeliverable|has been (?:returned|removed)",
    re.IGNORECASE,
)
_RETURNED = re.compile(
    r"^[ \t>*-]*+(?:(?:below this line|(?:this is |the following is |below is |here is |attached is )?"
    r"(?:a|the) copy of (?:the|your|original|this)"
    r"|(?:the )?(?:original|returned|rejected|undelivered|unsent) (?:message|mail|e-mail|header)s?"
    r"(?: (?:headers?|info|text|body))?(?: as)? ?(?:follows?|attached|below|info|-+|:|$)"
    r"|message headers? follows?|(?:the )?(?:header|text|body) of the (?:original )?message"
    r"|(?:forwarded|unsent) message -)"
    r"|(?:Received|Return-Path|X-Originating-IP|DKIM-Signature|MIME-Version): )",
    re.IGNORECASE | re.MULTILINE,
)
_FORMS = (
    re.compile(
        rf"^[ \t>]*(?:failed |final[- ]|original[- ])?recipients?(?: address)?:[ \t]*(?:rfc822;[ \t]*)?<?({_ADDR})",
        re.I | re.M,
    ),
    re.compile(rf"^[ \t]{{0,8}}<({_ADDR})>(?:[ \t]*\([^\n]{{0,300}}\))?[ \t]*:", re.M),
    re.compile(rf"^[ \t]*(?:<({_ADDR})>|>>>[ \t]*({_ADDR}))[^\n]{{0,300}}$", re.M),
    re.compile(rf"^[ \t*-]*({_ADDR})[ \t]*(?:\([^\n]{{0,200}}\))?[:;.,]?[ \t]*$", re.M),
    re.compile(rf"rcpt to:[ \t]*<?({_ADDR})", re.I),
    re.compile(rf"^[ \t]{{0,12}}<?({_ADDR})>?[ \t]*(?::|\.\.\.|-|\()", re.M),
    re.compile(
        rf"(?:deliver(?:ed|y|ing)?|sent|send|reach(?:ed)?|fail(?:ed|ure)?|errors?|user|recipient|address(?:es)?|mailbox)\b"
        rf"[^\n@]{{0,120}}?[:\s<'\"]({_ADDR})",
        re.I,
    ),
    re.compile(rf"\b[45]\d\d\b[^\n@]{{0,200}}?[\s<'\"]({_ADDR})"),
    re.compile(rf"(?:^|[\s<:;'\"])({_ADDR})"),
)
_SERVICE = re.compile(
    r"(?:mailer-?daemon|post-?master|abuse|support|help|helpdesk|webmaster|hostmaster|noreply|no-reply)@", re.I
)
_MAX_NOTICE = 12_000
_TRAILING = ".'`*>!?"


def may_be_report(head: Head, report_kind: str) -> bool:
    """Whether a mail system may have written the mail; `report_kind` is the report-type (RFC 6522) or ""."""
    if report_kind == "feedback-report" or (report_kind == "disposition-notification" and not _from_daemon(head)):
        return False
    return (
        report_kind == "delivery-status"
        or bool(head.all("x-failed-recipients"))
        or head.first("return-path").strip() in ("<>", "<MAILER-DAEMON>")
        or _from_daemon(head)
        or _SUBJECT.search(_subject(head)) is not None
    )


def is_report(head: Head, notice: str) -> bool:
    """Whether a mail that names nobody is a report nevertheless: a daemon wrote it, and says that something failed."""
    return _from_daemon(head) and bool(_SUBJECT.search(_subject(head)) or _FAILURE.search(notice))


def is_delay(head: Head, notice: str) -> bool:
    """Whether the report is of a mail that is still on its way."""
    said = f"{_subject(head)}\n{notice[:4000]}"
    return _DELAY.search(said) is not None and _FINAL.search(said) is None


def notice(text: str) -> str:
    """The report without the mail that it returns."""
    text = "\n".join(line[:1000] for line in text.split("\n"))
    address = _ADDRESS.search(text)
    returned = _RETURNED.search(text, address.end()) if address else None
    return text[: min(returned.start(), _MAX_NOTICE) if returned else _MAX_NOTICE]


def recipients(head: Head, notice: str) -> list[str]:
    """The addresses that the notice says were not reached, in its order."""
    if not (_FAILURE.search(notice) or _SUBJECT.search(_subject(head))):
        return []
    for form in _FORMS:
        found = ["".join(match.groups("")) for match in form.finditer(notice)]
        if wanted := without_own(found, head):
            return wanted
    return []


def addresses(text: str) -> list[str]:
    """Everything in a text that looks like an address, once each."""
    return list(dict.fromkeys(address.strip(_TRAILING) for address in _ADDRESS.findall(text)))


def without_own(found: list[str], head: Head) -> list[str]:
    """The addresses without those of the report itself: who wrote it, whom it is for, and service addresses.

    A report about a mail that somebody sent to themselves names nobody else; then that address is the one.
    """
    once = dict.fromkeys(address.strip(_TRAILING) for address in found)
    author = {one.lower() for one in addresses(head.first("from"))}
    reader = {one.lower() for name in ("to", "delivered-to", "reply-to") for one in addresses(head.first(name))}
    foreign = [one for one in once if one.lower() not in author and not _SERVICE.match(one)]
    return [one for one in foreign if one.lower() not in reader] or foreign


def _from_daemon(head: Head) -> bool:
    return _DAEMONS.search(one_line(decoded(head.first("from")))) is not None


def _subject(head: Head) -> str:
    return one_line(decoded(head.first("subject")))[:300]
