"""A backup of a desk that works meanwhile: whole, of one instant, and nobody waits for it."""

import shutil
from concurrent.futures import ThreadPoolExecutor

from helpdeskd.domain.message import Message
from tests.cli.program import in_a_process
from tests.servers.process import until
from tests.system.desk import ANNA, PATIENCE_SECONDS, RunningDesk, mail
from tests.system.sink import Sink

MAILS, BACKUPS = 60, 3


def test_backups_that_are_made_while_mail_comes_hold_all_that_was_accepted_before(desk: RunningDesk, sink: Sink):
    taken: list[int] = []

    def hand_over() -> None:
        for number in range(1, MAILS + 1):
            desk.send(mail(number))
            taken.append(number)

    held: list[int] = []
    with ThreadPoolExecutor(1) as thread:
        client = thread.submit(hand_over)
        for number in range(BACKUPS):
            at_least = (number + 1) * MAILS // (BACKUPS + 2)
            assert until(lambda least=at_least: len(taken) >= least or client.done(), PATIENCE_SECONDS)
            held.append(len(taken))
            ran = in_a_process("backup", desk.folder / f"backup-{number}", config=desk.config)
            assert ran.status == 0, ran.err
        client.result()
    desk.decides(MAILS)
    assert desk.run("restore", str(desk.folder / "backup-0"))[0] == 1  # while it runs
    desk.stop()
    for number, least in enumerate(held):
        shutil.rmtree(desk.state)
        desk.ask("restore", str(desk.folder / f"backup-{number}"))
        assert least <= len(desk.inbox()) <= MAILS
        assert desk.audit()["accepted"] == len(desk.inbox())


def test_a_desk_that_was_restored_works_on_and_answers_nobody_twice(desk: RunningDesk, sink: Sink):
    desk.send(mail(1))
    before = desk.sends(2)
    desk.ask("backup", str(desk.folder / "backup"))
    desk.send(mail(2))
    desk.sends(4)
    desk.kill()
    desk.ask("restore", str(desk.folder / "backup"))
    desk.start()
    desk.send(mail(3))
    desk.sends(4)
    assert [references(message) for message in sink.to(ANNA)] == ["HD-1001", "HD-1002", "HD-2002"]
    assert [row["message_id"] for row in desk.outbox()][:2] == [row["message_id"] for row in before]
    desk.audit()


def references(message: Message) -> str:
    return message.subject.partition("]")[0].lstrip("[")
