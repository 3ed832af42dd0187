"""Flowed text (RFC 3676) → the lines that its writer wrote.

A program that sends `format=flowed` breaks long lines itself and leaves a blank at the end of each that goes on below;
one that does not join them again takes the rest of a line for a line of its own. Quoted lines stay as they are, since
nobody wrote them anew, and the separator of a signature is never joined. Linear in time; never raises.
"""

import re

_STUFFED = re.compile(r"^ (?!>)", re.MULTILINE)
_FLOWING = re.compile(r"^(?!>|-- $)(?:[^\n]* \n(?!>|-- $))+", re.MULTILINE)


def joined(text: str, delete_space: bool = False) -> str:
    """Text of lines that end with \\n, as it was before it was sent; `delete_space` is the parameter DelSp."""
    between = "" if delete_space else " "
    # Asked first, since it is quick: of most texts nothing is to be changed.
    if "\n " in text or text.startswith(" "):
        text = _STUFFED.sub("", text)
    return _FLOWING.sub(lambda lines: lines[0].replace(" \n", between), text) if " \n" in text else text
