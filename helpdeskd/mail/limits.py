"""How much of a mail is read: the caps that keep parsing linear in time and memory.

Bytes of strangers are counted before any parser sees them, since RFC 5322 sets no useful maximum. A field over its cap
is cut and told as a defect, because the rest of the mail is still worth reading; a mail whose structure is
over a cap raises OverLimit, and `parse` answers with a safe stub that carries the whole mail as one attachment. Every
cap is a plain constant here, so that tests can stand on both sides of it. Sizes are bytes unless the name says
otherwise.
"""

MAX_HEADER_BLOCK = 128 * 1024
MAX_FIELDS = 500
MAX_PART_FIELDS = 50
MAX_FIELD = 16 * 1024
MAX_ADDRESS_FIELD = 8 * 1024
MAX_ADDRESSES = 100
MAX_REFERENCES = 20
MAX_MESSAGE_ID = 998
MAX_PARAMETERS = 64
MAX_BOUNDARY = 200
MAX_DEPTH = 20
MAX_PARTS = 300
MAX_ENCODED_WORDS = 100
MAX_TEXT = 128 * 1024
MAX_HTML = 512 * 1024
MAX_HTML_NAMES = 15_000
MAX_REPORT = 64 * 1024


class OverLimit(Exception):
    """The structure of a mail is over a cap; the text says which, for a person."""
