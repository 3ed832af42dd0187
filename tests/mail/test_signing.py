"""DKIM signatures of our own mail: what they cover, and which keys make them. Checked by a verifier."""

import re
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from helpdeskd.cli import main
from helpdeskd.config.problems import ConfigErrors
from helpdeskd.daemon.office import prepared, shipped
from helpdeskd.mail.compose import Composer
from helpdeskd.mail.sample import sample_letter
from helpdeskd.mail.signing import BadKey, Signer
from helpdeskd.storage import db, outbox
from tests.world import BRAM, CONFIG, PIET, World

RSA = generate_private_key(65537, 2048)
ED25519 = Ed25519PrivateKey.generate()
KEYS = {"rsa": RSA, "ed25519": ED25519}
DKIM = '\n[mail]\ndkim = { selector = "hd", key_file = "dkim.pem" }\n'
Key = RSAPrivateKey | Ed25519PrivateKey


def pem(key: object, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())  # type: ignore[attr-defined,no-any-return]


def record(key: Key) -> bytes:
    """What the DNS says of a key."""
    if isinstance(key, Ed25519PrivateKey):
        return b"v=DKIM1; k=ed25519; p=" + b64encode(key.public_key().public_bytes_raw())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + b64encode(public)


def holds(raw: bytes, key: Key, selector: bytes = b"hd") -> bool:
    """Whether a verifier accepts the signature."""
    names = {selector + b"._domainkey.desk.example.": record(key)}
    try:
        return bool(dkim.verify(raw, dnsfunc=lambda name, timeout=5: names.get(name)))
    except (dkim.DKIMException, ValueError):
        return False


def composer(key: Key) -> Composer:
    return Composer([shipped("templates")], "en", sign=Signer.of("hd", "desk.example", pem(key)))


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("notice", ["ticket-received", "reply", "agent-new"])
def test_a_mail_of_ours_is_signed_so_that_a_verifier_accepts_it(key: Key, notice: str) -> None:
    raw = composer(key).compose(sample_letter(notice, "en", text="Æøå.\n.\n" * 50))
    assert raw.startswith(b"DKIM-Signature: v=1; a=")
    assert holds(raw, key)
    assert not holds(raw, Ed25519PrivateKey.generate())


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize(
    "name", ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version",
             "Content-Type", "Auto-Submitted"],
)  # fmt: skip
def test_a_field_that_was_changed_breaks_the_signature(key: Key, name: str) -> None:
    raw = composer(key).compose(sample_letter("ticket-received", "en"))
    assert not holds(re.sub(rb"\r\n%s: " % name.encode(), rb"\r\n%s: x" % name.encode(), raw, count=1), key)


@pytest.mark.parametrize("added", [b"From: ceo@bank.example", b"Content-Transfer-Encoding: base64"])
def test_a_field_that_was_added_breaks_the_signature(added: bytes) -> None:
    raw = composer(RSA).compose(sample_letter("ticket-received", "en"))
    assert not holds(added + b"\r\n" + raw, RSA)
    assert not holds(raw.replace(b"\r\nFrom:", b"\r\n" + added + b"\r\nFrom:", 1), RSA)


def test_a_thread_that_was_added_breaks_the_signature() -> None:
    letter = replace(sample_letter("reply", "en"), in_reply_to="", references=(), reply_to="")
    raw = composer(RSA).compose(letter)
    assert holds(raw, RSA)
    for added in (b"In-Reply-To: <1@x>", b"References: <1@x>", b"Reply-To: eve@smith.example"):
        assert not holds(raw.replace(b"\r\nFrom:", b"\r\n" + added + b"\r\nFrom:", 1), RSA)


def test_a_text_that_was_changed_or_lengthened_breaks_the_signature() -> None:
    raw = composer(RSA).compose(sample_letter("reply", "en"))
    assert not holds(raw.replace(b"invoice", b"ransom"), RSA)
    assert not holds(raw + b"--\r\nMore.\r\n", RSA)
    assert b"; l=" not in raw


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (pem(generate_private_key(65537, 1024)), "is an RSA key of 1024 bits"),
        (pem(RSA, BestAvailableEncryption(b"secret")), "without a passphrase"),
        (pem(ec_key(SECP256R1())), "of another kind"),
        (RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "is no private key"),
        (b"hunter2", "is no private key"),
        (b"", "is no private key"),
        (pem(RSA)[:200], "is no private key"),
    ],
)
def test_what_is_no_key_to_sign_with_is_refused(key: bytes, why: str) -> None:
    with pytest.raises(BadKey, match=why):
        Signer.of("hd", "desk.example", key)


def test_a_key_is_never_part_of_what_is_printed_of_it() -> None:
    signer = Signer.of("hd", "desk.example", pem(RSA))
    assert "PRIVATE" not in repr(signer)
    assert signer.key.decode() not in repr(signer)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "dkim.pem").write_bytes(pem(RSA))
    (folder / "config.toml").write_text(CONFIG.read_text() + DKIM)
    return folder


def test_all_mail_of_a_desk_with_a_key_is_signed_and_each_try_sends_the_same_bytes(folder: Path) -> None:
    sms = '[[duty.sms]]\nperson = "piet"\nto = "316@sms.example"\n'
    with World(folder, sms + DKIM) as world:
        # As the worker gets it, in a process of its own.
        world.office = type(world.office).unpacked(world.office.packed())
        world.worker.office = world.sweep.office = world.office
        world.at("2026-11-23 23:00")
        world.receives(BRAM, "duty@desk.example")
        world.replies(PIET, world.last("piet"), "Which version?\n/ack")
        rows = [*(mail.row for mail in world.mails), *(row for row in world.hooks if row.channel == outbox.SMS)]
        assert len(rows) >= 4
        assert all(holds(row.content, RSA) for row in rows)
        with db.transaction():
            assert outbox.retry(rows[0].id, world.now) is False
            again = outbox.get(rows[0].id)
        assert again is not None
        assert again.content == rows[0].content


def test_a_key_that_cannot_be_used_is_refused_with_file_and_line(folder: Path) -> None:
    written = (folder / "config.toml").read_text().splitlines()
    line = written.index('dkim = { selector = "hd", key_file = "dkim.pem" }') + 1
    for content, why in ((b"hunter2\n", "is no private key"), (pem(generate_private_key(65537, 1024)), "1024 bits")):
        (folder / "dkim.pem").write_bytes(content)
        with pytest.raises(ConfigErrors, match=f"config.toml:{line}: mail.dkim.key_file: .*{why}"):
            prepared(folder / "config.toml")
    (folder / "dkim.pem").unlink()
    with pytest.raises(ConfigErrors, match=f":{line}: mail.dkim.key_file: .*cannot be read: No such file"):
        prepared(folder / "config.toml")


def test_check_tells_of_a_key_that_cannot_be_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", str(folder / "config.toml")]) == 0
    (folder / "dkim.pem").write_bytes(b"hunter2\n")
    assert main(["check", "--config", str(folder / "config.toml")]) == 1
    assert "mail.dkim.key_file: is no private key in PEM without a passphrase" in capsys.readouterr().err
