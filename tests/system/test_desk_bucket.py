"""A desk whose large mails are in a bucket, as it runs in earnest."""

import smtplib
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from helpdeskd.storage import db, leftovers, objects
from helpdeskd.storage.objects import Bucket
from tests.servers import s3
from tests.servers.proxy import Proxy
from tests.storage.test_objects import ANY_AGE
from tests.system.desk import ANNA, PATIENCE_SECONDS, PIET, RunningDesk, mail
from tests.system.sink import Sink

LOG = b"A long line of a log.\n" * 8000


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    running = Proxy(s3.the_server().port)
    yield running
    running.close()


@pytest.fixture
def bucket(proxy: Proxy) -> Bucket:
    return s3.fresh(port=proxy.port)


@pytest.fixture
def desk(new_desk: Callable[..., RunningDesk], sink: Sink, bucket: Bucket, tmp_path: Path) -> RunningDesk:
    return new_desk(smarthost=sink.port, extra=s3.table(bucket, tmp_path))


def large(number: int = 1) -> bytes:
    """A mail with a file of 170 KB."""
    made = message_from_bytes(mail(number), EmailMessage, policy=SMTP)
    made.add_attachment(LOG.decode(), "x-log", filename="hang.log")
    return made.as_bytes()


def kept(bucket: Bucket) -> list[str]:
    """The names of the mails in the bucket."""
    objects.use(bucket, "")
    try:
        return [name for name, _ in objects.sizes() if objects.PROBE not in name and objects.SEEN not in name]
    finally:
        objects.use(None, "")


def test_a_large_mail_goes_through_the_bucket_to_a_ticket_and_an_erasure_leaves_no_object(
    desk: RunningDesk, sink: Sink, bucket: Bucket
):
    desk.start()
    desk.send(large())
    [row] = desk.decides(1)
    assert row["fate"] == "opened"
    desk.sends(2)
    [notice] = sink.to(PIET)
    assert [(file.name, file.content.replace(b"\r\n", b"\n").strip()) for file in notice.attachments] == [
        ("hang.log", LOG.strip())
    ]
    assert len(kept(bucket)) == 1
    assert len((desk.state / "helpdeskd.db").read_bytes().split(LOG[:60])) == 1
    assert LOG.strip().replace(b"\n", b"\r\n") in desk.run("inbox", "show", "1")[1]
    [report] = desk.ask("audit", "--objects")
    assert report["faults"] == []
    assert desk.run("person", "erase", ANNA, "--yes")[0] == 0
    assert kept(bucket) == []
    assert desk.ask("audit", "--objects")[0]["faults"] == []


def test_while_the_bucket_is_down_large_mail_stays_with_its_sender_and_small_mail_is_taken(
    desk: RunningDesk, proxy: Proxy
):
    desk.start()
    proxy.refusing = True
    proxy.cut_all()
    for number in (1, 2):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            desk.send(large(number))
        assert 400 <= refused.value.smtp_code < 500
    desk.send(mail(3))
    assert [row["fate"] for row in desk.decides(1)] == ["opened"]
    assert "bucket not available" in desk.log
    assert "what=fault" not in desk.log
    proxy.refusing = False
    desk.send_until_taken(large(1))
    assert [row["fate"] for row in desk.decides(2)] == ["opened", "opened"]
    assert desk.audit()["accepted"] == 2


def test_killed_between_object_and_commit_the_desk_loses_nothing_and_forgets_the_object(
    desk: RunningDesk, bucket: Bucket
):
    desk.launch({"HELPDESKD_FAILPOINT": "intake.stored:1"})
    assert desk.hears("READY=1"), desk.log
    with pytest.raises((OSError, smtplib.SMTPException)):
        desk.send(large())
    assert desk.process is not None
    desk.process.wait(PATIENCE_SECONDS)
    assert (desk.inbox(), len(kept(bucket))) == ([], 1)
    desk.start()
    desk.send(large())
    assert [row["fate"] for row in desk.decides(1)] == ["opened"]
    assert desk.ask("audit", "--objects")[0]["faults"] == []
    assert len(kept(bucket)) == 2
    db.connect(desk.state)
    objects.use(bucket, db.epoch())
    try:
        found = leftovers.unnamed([name for page in objects.older(ANY_AGE) for name in page])
        assert len([name for name in found if objects.PROBE not in name and objects.SEEN not in name]) == 1
    finally:
        objects.use(None, "")
        db.close()
