"""Names as agents write them: of priorities, products, sites, queues and customers.

A name means the thing that is called exactly so, whatever the case, else the only one whose name begins so. Nothing is
guessed: what means none, or more than one, is refused with the names that there are.
"""

from collections.abc import Iterable, Mapping

from helpdeskd.triage.orders.order import Wrong

MOST_LISTED = 20


def one_of(word: str, names: Iterable[str], what: str) -> str:
    """The name that is meant. Raises Wrong for none, and for more than one."""
    return called(word, {name: (name,) for name in names}, what)


def called(word: str, things: Mapping[str, Iterable[str]], what: str) -> str:
    """The key of the thing that is meant, each with all that it is called. Raises Wrong as `one_of`."""
    if not word:
        raise Wrong(f"which {what}? ({_listed(things)})")
    wanted = word.casefold()
    found = [key for key, names in things.items() if wanted in {name.casefold() for name in names}]
    found = found or [key for key, names in things.items() if any(n.casefold().startswith(wanted) for n in names)]
    if not found:
        raise Wrong(f'there is no {what} "{word}" ({_listed(things)})')
    if len(found) > 1:
        raise Wrong(f'"{word}" is more than one {what} ({_listed(found)})')
    return found[0]


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    more = f" and {len(known) - MOST_LISTED} more" if len(known) > MOST_LISTED else ""
    return f"one of {', '.join(known[:MOST_LISTED])}{more}" if known else "there are none"
