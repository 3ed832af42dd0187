"""F13: two programs read one mailbox at the same time. Each mail is taken in once, whoever comes first to what.

What other clients take away or move meanwhile: tests/mail/test_imap_poll.py; two nodes: tests/system/test_nodes.py.
"""

import threading
from contextlib import closing
from pathlib import Path

from helpdeskd.daemon.intake import Intake
from helpdeskd.mail.imap_poll import Poller
from helpdeskd.mail.imap_session import Session
from helpdeskd.mail.imap_settings import ImapSettings
from helpdeskd.storage import inbox
from helpdeskd.storage.door import Door
from tests.servers.scripted_imap import ScriptedImap, folder_of
from tests.system.desk import SUPPORT, mail

MAILS = 40
ROUNDS = 3
ONE_AT_A_TIME = threading.Lock()


def test_f13_two_who_read_a_mailbox_at_once_take_each_mail_in_once(tmp_path: Path):
    with (
        ScriptedImap(folder_of({number: mail(number) for number in range(1, MAILS + 1)})) as server,
        closing(Door(tmp_path)) as door,
    ):
        intake = Intake(door, tmp_path, 0, 0, lambda: None)
        together, faults = threading.Barrier(2), list[BaseException]()

        def read() -> None:
            try:
                for _ in range(ROUNDS):
                    poll(server.port, intake, together)
            except BaseException as fault:
                faults.append(fault)
                together.abort()

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(60)
        assert faults == []
        rows = door.call(inbox.listed, None, 1000)
    assert len(rows) == MAILS
    assert {row.fate for row in rows} == {""}


def poll(port: int, intake: Intake, together: threading.Barrier) -> None:
    settings = ImapSettings(
        name="support",
        host="127.0.0.1",
        port=port,
        tls="none",
        user="support",
        password=lambda: "secret",
        address=SUPPORT,
    )
    with closing(Session(settings)) as session:
        with ONE_AT_A_TIME:  # the script knows one client that begins
            session.login()
        together.wait(30)
        Poller(settings, intake, {SUPPORT}.__contains__).poll(session, lambda: None)
