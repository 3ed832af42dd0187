"""Base64 in lines as we write them ourselves (RFC 2045 §6.8), which need not be decoded and encoded to be passed on.

In: the body of a part in base64. Out: its lines and how many octets they hold, or None for whatever is not exactly
lines of 76 letters, a last one that is no longer, and the padding that they need: that is decoded, by every rule of
leniency. So what one reader decodes from these lines every other does. Time is linear, and nearly all of it in C.
"""

from string import ascii_letters, digits

from helpdeskd.domain.message import InBase64

LETTERS_A_LINE = 76
_LINE = LETTERS_A_LINE + len(b"\r\n")
_LETTERS = (ascii_letters + digits + "+/").encode()
_LAST_LETTERS = {b"": _LETTERS, b"=": b"AEIMQUYcgkosw048", b"==": b"AQgw"}
"""Those that may stand before the padding: of others some bits belong to no octet, and a strict reader refuses them."""


def in_lines(body: bytes) -> InBase64 | None:
    """The lines of a body in base64, line ends after its last line aside."""
    lines = body.rstrip(b"\r\n")
    ends = max(0, len(lines) - 1) // _LINE
    if lines[LETTERS_A_LINE::_LINE][:ends] != b"\r" * ends or lines[LETTERS_A_LINE + 1 :: _LINE][:ends] != b"\n" * ends:
        return None
    others = lines.translate(None, _LETTERS)
    padding = others[2 * ends :]
    letters = len(lines) - 2 * ends
    if others != b"\r\n" * ends + padding or padding not in _LAST_LETTERS or letters % 4:
        return None
    if len(lines) - _LINE * ends > LETTERS_A_LINE or not lines.endswith(padding):
        return None
    last = len(lines) - len(padding)
    if lines[last - 1 : last] not in _LAST_LETTERS[padding]:
        return None
    return InBase64(lines, letters // 4 * 3 - len(padding))
