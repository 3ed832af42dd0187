"""A story in which somebody leaves traces wherever a desk keeps anything, and the search for these traces in files."""

import base64
import quopri
import re
from pathlib import Path

from tests.mail_client import thread
from tests.world import PIET, World

CLINIC = """
[[customer]]
name = "clinic"
title = "Clinic"
domains = ["clinic.example"]
language = "en"
[[customer.contact]]
name = "Quinn Planted12"
addresses = ["quinn@clinic.example", "planted12@clinic.example"]
rights = ["open", "spend", "approve"]
[[customer.contact]]
name = "Rose Rider"
addresses = ["rose@clinic.example"]
[[customer.contract]]
plan = "hourly"
first_day = 2026-01-01
last_day = 2026-12-31
"""
ADDRESS = "quinn@clinic.example"
QUINN = f"Q. Planted03 <{ADDRESS}>"
ROSE = "Rose Rider <rose@clinic.example>"
SUPPLIER = "Sue Supplier <help@supplier.example>"
PLANTED = tuple(f"planted{number:02}" for number in range(1, 21))
SOUGHT = (*PLANTED, ADDRESS, "quinn planted12")
HTML = "<p>In front <b>planted02</b></p><p style='color: red'>Only here: planted05</p>"


def leave_traces(world: World) -> None:
    """Twenty strings, each in a place of its own, and all of it settled and sent."""
    _ask(world)
    _answer(world)
    _go_on(world)
    _write_to_another(world)
    _stay_outside(world)


def _ask(world: World) -> None:
    world.receives(
        QUINN,
        subject="The Planted01 printer burns",
        text="It says planted02 and stops.\n\n-- \nQuinn, phone planted04\n",
        html=HTML,
        cc=["Planted08 <planted08@clinic.example>"],
        headers={"Message-ID": "<planted14@clinic.example>", "X-Mailer": "Planted18 7.0"},
        attachments=[("planted06.txt", "text/plain", b"A log with planted07 in it.\n" * 9)],
    )


def _answer(world: World) -> None:
    notice = world.last("piet", "agent-new")
    world.replies(PIET, notice, "/note\nQuinn says it smells of planted10.")
    world.replies(PIET, notice, "/forward help@supplier.example\nWhat means planted02?")
    world.replies(SUPPLIER, world.last("help@supplier"), "It means planted09.")
    world.replies(PIET, notice, "/pending 3h because of planted11")
    log = ("answer.pdf", "application/pdf", b"%PDF planted15 " * 40)
    world.replies(PIET, notice, "/time 40m\nYou wrote planted16: switch it off.", attachments=[log])


def _go_on(world: World) -> None:
    world.bounces(world.last("quinn", "reply"))
    world.replies(PIET, world.last("piet"), "/estimate 3h planted11 again")
    world.replies(
        QUINN, world.last("quinn", "approval-request"), "approve\n\nWith a café, planted19" + " and so on" * 30
    )
    world.replies(PIET, world.last("piet"), "/time 2h\nIt is repaired.")
    world.replies(PIET, world.last("piet"), "/solution Take planted17 out of the tray.")
    world.replies(PIET, world.last("piet"), "/close")


def _write_to_another(world: World) -> None:
    """Quinn takes part in what Rose asks, and is quoted there."""
    world.receives(ROSE, subject="The scanner is slow", text="It takes a minute a page.", cc=[QUINN])
    world.replies(PIET, world.last("piet"), "Which scanner is it?")
    mail = world.last("quinn")
    world.receives(
        QUINN,
        mail.header("Reply-To"),
        mail.subject,
        "I have measured planted20 seconds each time.",
        **thread(mail.message),
    )
    notice = world.last("piet")
    world.replies(PIET, notice, "/note\nRead this:\nI have measured planted20 seconds each time.\nSays Quinn.")
    world.replies(PIET, notice, "The scanner is to be cleaned.")


def _stay_outside(world: World) -> None:
    """What was never believed, what was refused, and what the digests tell of it."""
    world.receives(QUINN, subject="Not proved planted13", text="This is held: planted13.", strength="none")
    world.receives(QUINN, subject="Out of office planted13", text="Away", headers={"Auto-Submitted": "auto-replied"})
    world.advance(days=3)


def found(folder: Path, sought: tuple[str, ...] = SOUGHT) -> list[str]:
    """Which of these stand in which file, as they are or coded, whatever their case."""
    traces = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes().lower()
        coded = re.sub(rb"=\r?\n", b"", file.read_bytes()).lower()
        lines = re.sub(rb"[\r\n]", b"", file.read_bytes())
        for word in sought:
            plain = word.encode()
            forms = {plain, quopri.encodestring(plain), plain.decode().encode("utf-16-le")}
            if any(form in content or form in coded for form in forms) or any(form in lines for form in _base64(word)):
                traces.append(f"{word} in {file.name}")
    return traces


def _base64(word: str) -> set[bytes]:
    """The word in base64, at each of the three places where it can begin."""
    written = {word, word.capitalize(), word.title()}
    return {
        base64.b64encode(b"\0" * shift + text.encode())[4 if shift else 0 : -4]
        for text in written
        for shift in range(3)
    }
