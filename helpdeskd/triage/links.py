"""Links to an address that mail programs write beside it in plain text: `anna@x<mailto:anna@x>`, `<mailto:anna@x>`."""

import re

_BEHIND = re.compile(r"(?<!\S)(\S{3,254}) <mailto:\1>|(?<=\S)<mailto:[^<>]*>", re.IGNORECASE)
_AROUND = re.compile("<mailto:", re.IGNORECASE)


def unlinked(written: str) -> str:
    """The text without them, which says what its reader sees."""
    return _AROUND.sub("<", _BEHIND.sub(lambda found: found[1] or "", written)).strip()
