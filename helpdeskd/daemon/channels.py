"""The channels by which people are woken beside mail: the operator's command, a webhook, the library apprise.

In: a row of the outbox (its recipient is the channel's name, its content a record of texts) and the [duty] of the
configuration as it is now. Out: a delivery's result. The record is passed on as JSON with an `id` that is the same on
every try, so that whoever gets it twice can tell. Links and other secrets are read at each try, are never stored, and
never part of a result. A channel that the configuration no longer has is Failed.

A webhook: 2xx is Sent; 408, 425, 429, 5xx and trouble on the way are Later, bad TLS with an alarm; the rest is Failed.
apprise runs in a process of its own (`apprise_child`), because its services keep no common limit of time.
"""

import asyncio
import json
import ssl
import sys
from collections.abc import Sequence
from http.client import HTTPException
from typing import TypeVar

from helpdeskd.config.duty import AppriseTable, DutyTable, WebhookTable
from helpdeskd.daemon.hook import run
from helpdeskd.daemon.https import Limits, Refused, request
from helpdeskd.domain.desk import ChannelKind
from helpdeskd.mail.delivery import Failed, Later, Result, Sent
from helpdeskd.storage.outbox import Queued

HOOK_SECONDS = 30.0
WEBHOOK_SECONDS = 10.0
APPRISE = (sys.executable, "-m", "helpdeskd.daemon.apprise_child")
AGAIN = frozenset({408, 425, 429})
Named = TypeVar("Named", WebhookTable, AppriseTable)


async def deliver(row: Queued, duty: DutyTable | None) -> Result:
    """Pass a page on by the channel of its row."""
    record = {**json.loads(row.content), "id": row.message_id}
    if duty is None:
        return Failed("nobody is on duty any more")
    match row.channel:
        case ChannelKind.COMMAND if duty.hook:
            return await run(duty.hook, record, HOOK_SECONDS)
        case ChannelKind.WEBHOOK if webhook := _named(row.recipient, duty.webhook):
            return await asyncio.to_thread(_post, webhook, record)
        case ChannelKind.APPRISE if apprise := _named(row.recipient, duty.apprise):
            return await _notify(apprise, record)
    return Failed(f"the configuration has no {row.channel} {row.recipient} any more")


def _named(name: str, tables: Sequence[Named]) -> Named | None:
    return next((table for table in tables if table.name == name), None)


def _post(table: WebhookTable, record: dict[str, str]) -> Result:
    limits = Limits(WEBHOOK_SECONDS, 0, table.networks, table.ca_file)
    try:
        answer = request("POST", table.link(), limits, json.dumps(record).encode(), "application/json")
    except Refused as wrong:
        return Failed(str(wrong))
    except ssl.SSLError as wrong:
        return Later(f"no valid TLS: {wrong.reason}", alarm=f"webhook {table.name}: no valid TLS: {wrong.reason}")
    except (OSError, ValueError, HTTPException) as wrong:
        return Later(f"{type(wrong).__name__}: {wrong}")
    if 200 <= answer.status < 300:
        return Sent(f"status {answer.status}")
    temporary = answer.status in AGAIN or answer.status >= 500
    return Later(f"status {answer.status}") if temporary else Failed(f"status {answer.status}")


async def _notify(table: AppriseTable, record: dict[str, str]) -> Result:
    try:
        urls = await asyncio.to_thread(table.urls)
    except (OSError, ValueError) as wrong:
        return Later(f"the URLs cannot be read: {wrong}")
    return await run(APPRISE, {**record, "urls": "\n".join(urls)}, HOOK_SECONDS)
