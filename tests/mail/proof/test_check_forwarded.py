"""What is left of a proof after real servers: opendkim signs in Postfix, and another Postfix forwards."""

import asyncio
import smtplib
from collections.abc import Callable

import pytest

from tests.mail.proof.scene import HERE, Scene, pem
from tests.servers.dns import DnsServer
from tests.servers.opendkim import Opendkim
from tests.servers.postfix import Postfix
from tests.servers.smarthost import Smarthost

LISTS_SERVER = "192.0.2.77"


def deliver(server: Postfix, sender: str, raw: bytes) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=20) as client:
        client.sendmail(sender, ["support@desk.example"], raw)


async def through(server: Postfix, sink: Smarthost, raw: bytes) -> bytes:
    """The mail as it arrives behind a server."""
    count = len(sink.accepted)
    await asyncio.to_thread(deliver, server, "anna@acme.example", raw)
    async with asyncio.timeout(30):
        while len(sink.accepted) == count:
            await asyncio.sleep(0.02)
    return sink.accepted[-1].raw


def unsigned() -> Scene:
    scene = Scene()
    scene.spf_only()
    return scene


def arrived(scene: Scene, raw: bytes, peer: str = HERE) -> Scene:
    scene.afterwards, scene.peer = (lambda _: raw), peer
    return scene


@pytest.mark.parametrize("canonical", ["relaxed/simple", "simple/simple"])
async def test_what_opendkim_signs_proves_its_author_and_a_forward_costs_spf_only(
    canonical: str, dns: DnsServer, opendkim: Callable[..., Opendkim], postfix: Callable[..., Postfix]
):
    signer = opendkim("acme.example", "s1", pem("acme"), canonical=canonical)
    async with Smarthost() as sink:
        place = {"desk.example": ("127.0.0.1", sink.port)}
        own = postfix(place, settings=f"smtpd_milters = {signer.milter}\nmilter_default_action = tempfail")
        sent = await through(own, sink, unsigned().raw)
        assert b"DKIM-Signature: " in sent
        assert arrived(unsigned(), sent).found(dns) == "pass pass pass dkim"

        forwarded = await through(postfix(place), sink, sent)
        assert forwarded.count(b"Received: ") == 2
        assert arrived(unsigned(), forwarded, LISTS_SERVER).found(dns) == "fail pass pass dkim"

        changed = forwarded.replace(b"on fire", b"fine")
        assert arrived(unsigned(), changed, LISTS_SERVER).found(dns) == "fail fail fail=reject -"


async def test_a_forward_of_mail_that_only_spf_proved_proves_nothing(dns: DnsServer, postfix: Callable[..., Postfix]):
    async with Smarthost() as sink:
        forwarded = await through(postfix({"desk.example": ("127.0.0.1", sink.port)}), sink, unsigned().raw)
    assert arrived(unsigned(), forwarded).found(dns) == "pass none pass spf"
    assert arrived(unsigned(), forwarded, LISTS_SERVER).found(dns) == "fail none fail=reject -"
