"""`python -m helpdeskd.daemon.apprise_child`: tells one page by the library apprise (the extra `notify`).

In: a JSON record on standard input, with `text` and, one a line, `urls`. Out: the exit status: 0 when all services have
taken it, 75 when one has not (it may go well another time), 1 for a URL that apprise does not know or without apprise.
What went wrong is told on standard error, without any URL: these hold secrets.
"""

import json
import logging
import sys

AGAIN = 75
WRONG = 1


def main() -> int:
    """Tell it and say how that went."""
    try:
        from apprise import Apprise, NotifyType
    except ImportError:
        return _say("apprise is not installed (pip install '.[notify]')", WRONG)
    logging.disable(logging.CRITICAL)
    record = json.loads(sys.stdin.read())
    services = Apprise()
    for number, url in enumerate(record["urls"].splitlines(), 1):
        if not services.add(url):
            return _say(f"line {number} of the URLs is none that apprise knows", WRONG)
    taken = services.notify(body=record["text"], notify_type=NotifyType.WARNING)
    return 0 if taken else _say("a service did not take it", AGAIN)


def _say(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
