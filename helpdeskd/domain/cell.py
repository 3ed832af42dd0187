"""Text in the cells of a table that a spreadsheet may open: it must never be taken for a formula.

In: any text. Out: the same text, marked with `'` where a spreadsheet could calculate it. Pure and total.
"""

import unicodedata

FORMULA_STARTS = frozenset("=+-@\N{MINUS SIGN}")
BREAKS = frozenset("\t\r\n")
QUOTES = frozenset("'\"`\N{FULLWIDTH APOSTROPHE}\N{FULLWIDTH QUOTATION MARK}")


def cell(text: str) -> str:
    """Text for a cell of a table that a spreadsheet may open: `'` before what it could take for a formula.

    That is what begins with = + - @ or their full-width or other forms, also after quotes, spaces and invisible
    characters, and what begins with a tab or a line break. The mark can be taken off again without doubt: what begins
    with `'` and something dangerous is itself marked.
    """
    lead = 0
    while lead < len(text) and _is_passed_over(text[lead]):
        lead += 1
    begins = unicodedata.normalize("NFKC", text[lead : lead + 1])[:1]
    return f"'{text}" if begins in FORMULA_STARTS or not BREAKS.isdisjoint(text[:lead]) else text


def _is_passed_over(character: str) -> bool:
    category = unicodedata.category(character)
    return character in QUOTES or category[0] in "ZC" or category in {"Pi", "Pf"}
