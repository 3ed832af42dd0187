"""The channels beside mail, against a real web server and real processes."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from helpdeskd.config.duty import AppriseTable, DutyTable, WebhookTable
from helpdeskd.daemon.channels import deliver
from helpdeskd.domain.desk import ChannelKind
from helpdeskd.mail.delivery import Failed, Later, Sent
from helpdeskd.storage import outbox
from helpdeskd.storage.outbox import Queued
from tests.servers.certificates import Authority
from tests.servers.web import Web

NOW = datetime(2026, 11, 23, 22, tzinfo=UTC)
RECORD = {"event": "page", "person": "piet", "text": "Emergency HD-1001, step 1: $(reboot)"}
DUTY = DutyTable(roster=("piet",))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def web(authority: Authority) -> Iterator[Web]:
    with Web(authority.issue("localhost")) as running:
        yield running


def row(kind: ChannelKind, name: str) -> Queued:
    return outbox.page(7, kind, name, "HD-1001", json.dumps(RECORD).encode(), NOW)


def webhook(authority: Authority, **keys: object) -> DutyTable:
    usual = {"name": "chat", "hosts": ("localhost",), "ca_file": authority.certificate}
    table = WebhookTable.model_construct(**{**usual, "networks": (ip_network("127.0.0.0/8"),), **keys})
    return DUTY.model_copy(update={"webhook": (table,)})


CHAT = row(ChannelKind.WEBHOOK, "chat")


async def test_a_webhook_is_told_as_json_with_an_id(authority: Authority, web: Web) -> None:
    assert await deliver(CHAT, webhook(authority, url=web.link("/page"))) == Sent("status 200")
    (asked,) = web.asked
    assert (asked.method, asked.path, asked.fields["Content-Type"]) == ("POST", "/page", "application/json")
    assert json.loads(asked.body) == {**RECORD, "id": "webhook-7"}


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (204, Sent("status 204")),
        (301, Failed("status 301")),
        (403, Failed("status 403")),
        (408, Later("status 408")),
        (429, Later("status 429")),
        (500, Later("status 500")),
        (503, Later("status 503")),
    ],
)
async def test_the_status_says_whether_to_try_again(
    authority: Authority, web: Web, status: int, result: object
) -> None:
    web.answers = [(status, {"Location": web.link("/elsewhere")}, b"")]
    assert await deliver(CHAT, webhook(authority, url=web.link())) == result
    assert len(web.asked) == 1


async def test_a_certificate_that_is_not_valid_is_an_alarm_and_nothing_is_told(authority: Authority, web: Web) -> None:
    result = await deliver(CHAT, webhook(authority, url=web.link(), ca_file=None))
    assert isinstance(result, Later)
    assert result.alarm.startswith("webhook chat: no valid TLS")
    assert web.asked == []


async def test_a_server_that_is_away_is_tried_again(authority: Authority) -> None:
    assert isinstance(await deliver(CHAT, webhook(authority, url="https://localhost:1/")), Later)


async def test_a_private_network_that_is_not_named_is_refused(authority: Authority, web: Web) -> None:
    result = await deliver(CHAT, webhook(authority, url=web.link(), networks=()))
    assert result == Failed("localhost is in a private or special network (name the network to allow it)")
    assert web.connections == 0


async def test_a_link_in_a_file_is_read_at_each_try_and_leads_to_the_hosts_that_are_named_only(
    authority: Authority, web: Web, tmp_path: Path
) -> None:
    file = tmp_path / "link"
    duty = webhook(authority, url_file=file)
    missing = await deliver(CHAT, duty)
    assert isinstance(missing, Later)
    file.write_text(f"https://127.0.0.1:{web.port}/s3cret\n")
    elsewhere = await deliver(CHAT, duty)
    assert isinstance(elsewhere, Later)
    assert '"127.0.0.1" is not among the hosts' in elsewhere.reply
    assert "s3cret" not in elsewhere.reply
    assert web.connections == 0
    file.write_text(web.link("/s3cret"))
    assert await deliver(CHAT, duty) == Sent("status 200")


async def test_a_channel_that_the_configuration_no_longer_has_has_failed() -> None:
    assert await deliver(CHAT, DUTY) == Failed("the configuration has no webhook chat any more")
    assert await deliver(row(ChannelKind.COMMAND, "hook"), DUTY) == Failed(
        "the configuration has no hook hook any more"
    )
    assert await deliver(CHAT, None) == Failed("nobody is on duty any more")


async def test_the_command_is_the_one_that_is_configured_now(tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = f"import sys, pathlib; pathlib.Path({str(told)!r}).write_text(sys.stdin.read())"
    duty = DUTY.model_copy(update={"hook": (sys.executable, "-c", program)})
    assert isinstance(await deliver(row(ChannelKind.COMMAND, "hook"), duty), Sent)
    assert json.loads(told.read_text()) == {**RECORD, "id": "hook-7"}


def apprise(file: Path) -> DutyTable:
    return DUTY.model_copy(update={"apprise": (AppriseTable(name="pager", urls_file=str(file)),)})


async def test_apprise_is_told_with_urls_of_a_file(web: Web, tmp_path: Path) -> None:
    """A service that takes nothing over a bad certificate is not there: it is tried again, and its URL is not told."""
    file = tmp_path / "urls"
    file.write_text(f"jsons://localhost:{web.port}/s3cret\n")
    result = await deliver(row(ChannelKind.APPRISE, "pager"), apprise(file))
    assert isinstance(result, Later)
    assert "a service did not take it" in result.reply
    assert "s3cret" not in result.reply


async def test_urls_that_cannot_be_read_are_tried_again(tmp_path: Path) -> None:
    result = await deliver(row(ChannelKind.APPRISE, "pager"), apprise(tmp_path / "none"))
    assert isinstance(result, Later)
    assert result.reply.startswith("the URLs cannot be read")
