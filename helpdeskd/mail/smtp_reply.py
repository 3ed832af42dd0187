"""The wording of SMTP: command lines and paths in, enhanced status codes out.

`parse_command` and `parse_path` take RFC 5321's syntax and the small liberties of real devices (a space after the
colon, no angle brackets, a source route that is ignored). Nothing with a control character, a lone LF or broken UTF-8
gets through. `with_enhanced_code` gives every reply of aiosmtpd's that lacks one its code of RFC 3463.
"""

import re

COMMAND_LIMIT = 2048

_ATOM = r"[^\s<>()\[\]\\,;:@\"]+"
_MAILBOX = rf'(?:"(?:[^"\\]|\\.)*"|{_ATOM})(?:@(?:\[[^\s\[\]<>]+\]|{_ATOM}))?'
_PATH = re.compile(rf"(?:<(?:@[^\s:<>]+:)?(?P<path>{_MAILBOX})>|(?P<null><>)|(?P<bare>{_MAILBOX}))(?P<rest>|\s.*)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BARE_CODE = re.compile(r"(?P<code>[245]\d\d) (?!\d\.\d{1,3}\.\d{1,3} )")

_ENHANCED = {
    "220": "2.0.0",
    "221": "2.0.0",
    "250": "2.0.0",
    "454": "4.7.0",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "552": "5.3.4",
    "555": "5.5.4",
}


def parse_command(line: bytes) -> tuple[str, str | None] | None:
    """Verb in capitals and argument (None without one) of a line with its CRLF; None where it breaks the syntax."""
    if len(line) > COMMAND_LIMIT or not line.endswith(b"\r\n"):
        return None
    try:
        text = line[:-2].decode()
    except UnicodeDecodeError:
        return None
    verb, _, argument = text.partition(" ")
    if not verb.isascii() or _CONTROL.search(text):
        return None
    return verb.upper(), argument.strip() or None


def parse_path(text: str) -> tuple[str, str] | None:
    """Address and parameters of what follows `FROM:` or `TO:`; `<>` for the null path, None where it is no path."""
    match = _PATH.fullmatch(text)
    if match is None:
        return None
    return match["path"] or match["bare"] or "<>", match["rest"].strip()


def with_enhanced_code(reply: str) -> str:
    """The reply with the code of RFC 3463 that its class of answers has, if it has none yet."""
    match = _BARE_CODE.match(reply)
    if match is None or match["code"] not in _ENHANCED:
        return reply
    return f"{match['code']} {_ENHANCED[match['code']]} {reply[match.end() :]}"
