"""`helpdeskd doctor`: speaks to everything that is configured, and says what answers and what does not.

Mailboxes (TLS, login, IDLE), the smarthost (TLS, login, our addresses), certificates, what the DNS says of our domains
(MX, SPF, DKIM, DMARC), the database, the disk, the clock, the duty calendar. Nothing is sent, fetched or changed. One
line each, as it is found; with `--json`, one object a line: `{"about", "level": "ok"|"warning"|"error", "text"}`. Exit
status 0 without errors, else 1; a configuration that is not in order is told as `helpdeskd check` does.
"""

import argparse
import json

from helpdeskd.cli.common import add_config, now, with_config
from helpdeskd.config.load import Loaded
from helpdeskd.daemon.doctor import Finding, Level, examine


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("doctor", help="speak to everything configured: servers, DNS, database, clock")
    add_config(parser)
    parser.set_defaults(run=with_config(run))


def run(args: argparse.Namespace, loaded: Loaded) -> int:
    worst = Level.OK
    for finding in examine(loaded, now()):
        print(_shown(finding, args.json), flush=True)
        worst = Level.ERROR if Level.ERROR in (worst, finding.level) else worst
    return 1 if worst is Level.ERROR else 0


def _shown(finding: Finding, as_json: bool) -> str:
    if as_json:
        told = {"about": finding.about, "level": finding.level.value, "text": finding.text}
        return json.dumps(told, ensure_ascii=False)
    return f"{finding.level:<8} {finding.about}: {finding.text}"
