"""Texts of a mebibyte that are made to cost a reader time or memory: each is what one piece of text repeats."""

SIZE = 1 << 20


def filled(piece: str, size: int = SIZE) -> str:
    """The piece, as often as it fits."""
    return piece * (size // len(piece.encode()))


def _by_turns(*pieces: str) -> str:
    return filled("".join(pieces))


ATTRIBUTION = "On Mon, Nov 23, 2026 at 10:00 AM Anna de Vries <anna@bakery.example> wrote:\n"
_COMMANDS = [
    "book", "priority", "for", "status", "kind", "owner", "wait", "snooze", "solution", "merge", "link", "ask",
    "estimate", "split", "duty", "join", "who", "add", "remove", "note",
]  # fmt: skip
BLOCK = "From: Anna <anna@bakery.example>\nSent: Monday 10:00\nTo: Helpdesk\nSubject: Printer\n\n"
MARKER = "##- Please type your reply above this line -##\n"

TEXTS: dict[str, str] = {
    "on": filled("On "),
    "on in lines": filled("On 1 "[:3] + "1\n"),
    "on dated": filled("On Mon, Nov 23, 2026 at 10:00 "),
    "op a schreef": filled("Op a schreef "),
    "op a schreef in lines": filled("Op 1 a schreef\n"),
    "wrapped attributions": filled("On Mon, Nov 23, 2026 at 10:00 AM\nAnna <anna@bakery.example\n> wrote\n"),
    "attributions that never end": filled("On 23-11-2026 10:00 <\n"),
    "attributions": filled(ATTRIBUTION),
    "attributions above quotes": filled(f"{ATTRIBUTION}> a\nb\n"),
    "long lines that may be attributions": filled(f"On 2026-11-23 10:00 {'wrote ' * 62}<a@b>\n"),
    "blank lines": filled("\n"),
    "blank lines with blanks": filled(" \n"),
    "carriage returns": filled("\r"),
    "quote marks": filled(">"),
    "quote marks with blanks": filled("> "),
    "quoted lines": filled(">\n"),
    "quoted and not": filled("> a\nb\n"),
    "quotes that lost a mark": filled(f"> {'a' * 61}\nb\n"),
    "deep quotes": filled(f"{'> ' * 100}a\n"),
    "header blocks": filled(BLOCK),
    "half header blocks": filled("From: a@b\n"),
    "fields": filled("From: a\nTo: b\nDate: c\nx\nSubject: d\n"),
    "titles": filled("-----Original Message-----\n"),
    "titles far from their block": filled("-----Original Message-----\n\n\n\n\n\n\n\n\n\n\n\n"),
    "forwards": filled(f"---------- Forwarded message ---------\n{BLOCK}"),
    "rules": filled("-_-_\n"),
    "long rules": filled("- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -x\n"),
    "dashes": filled("-"),
    "our markers": filled(MARKER),
    "markers that do not end": filled("##- a\n"),
    "quoted markers": filled(f"> {MARKER}"),
    "marks": "".join(f"[ref:{number:039d}]\n".replace("0", "a").replace("1", "b") for number in range(22_000)),
    "our marks by turns": _by_turns(MARKER, "> x\n", BLOCK, ATTRIBUTION),
    "signatures": filled("-- \nAnna\n"),
    "mobile signatures": filled("Sent from my iPhone\n"),
    "mobile signatures that go on": filled(f"Sent from my {'phone ' * 18}!\n"),
    "commands": filled("/status open\n"),
    "commands with text between": filled("/status open\nx\n"),
    "commands nobody knows": filled("/x\n"),
    "a command without end": f"/{filled('take', SIZE - 1)}",
    "an argument without end": f"/book {filled('1:30 ', SIZE - 6)}",
    "20 commands with long arguments": "".join(f"/{c} {filled('1 a@b ', 6000)}\n" for c in _COMMANDS),
    "invisible slashes": filled("\u200b\u200b/a\n"),
    "one invisible line": filled("\u200b"),
    "slashes": filled("/"),
    "words of customers": filled("status\n"),
    "contacts": filled("add Bram Bakker <bram@bakery.example> open,spend\n"),
    "one long contact": "add " + filled("Bram ", SIZE - 40) + "<bram@bakery.example> open\n",
    "contacts without end": "add " + filled("<a@b> open,", SIZE - 8),
    "yes": filled("yes\n"),
    "addresses": filled("anna@bakery.example "),
    "at signs": filled("@"),
    "an address without end": f"a@{filled('b.', SIZE - 4)}",
    "links": filled("https://a.example/ "),
    "one line": filled("a"),
    "one line of blanks": filled(" "),
    "blanks before a letter": filled(f"{' ' * 1000}x\n"),
    "tabs": filled("\t"),
    "combining marks": "a" + filled("\u0301", SIZE - 1),
    "combining marks out of order": "a" + filled("\u0301\u0316", SIZE - 1),
    "ligatures": filled("\ufdfa"),
    "characters of four bytes": filled("\U0001f600"),
    "one character of four bytes": "\U0001f600" + filled("a", SIZE - 4),
    "lines of one wide character": filled("\U0001f600\n"),
    "right to left": filled("\u202e"),
    "line separators": filled("\u2028"),
    "other breaks": filled("\x0b\x0c\x1c\x85"),
    "nulls": filled("\0"),
    "templates": filled("{{ ''.__class__ }}{% for a in b %}"),
    "markup": filled("**a** [b](c) | d |\n"),
    "stars": filled("**"),
    "brackets": filled("[a]("),
    "table rows": filled("|a|b|\n"),
    "control characters of our markup": filled("\x02\x03"),
    "failures": filled("anna@bakery.example: 550 5.1.1 user unknown\n"),
    "recipients of a report": filled("Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n"),
    "words of a report": filled("delivery to the following recipient failed permanently "),
    "numbers": filled("1"),
    "amounts": filled("1:30 "),
    "format": filled("%s{}"),
    "escapes": filled("\x1b[2J"),
    "seven bits of Japanese": filled("\x1b$B"),
    "semicolons": filled(";"),
    "commas": filled(","),
    "quotation marks": filled('"'),
    "parentheses": filled("("),
    "less than": filled("<"),
    "greater than in lines": filled("a>\n"),
}
