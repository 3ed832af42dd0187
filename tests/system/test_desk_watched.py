"""A running desk, watched: its figures read over a port and a socket, and its alarms in a mailbox."""

import http.client
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.servers.process import free_port, until
from tests.system.desk import PATIENCE_SECONDS, RunningDesk, mail
from tests.system.sink import Sink

OPS = "root@ops.example"
NewDesk = Callable[..., RunningDesk]


class AtPath(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("desk", timeout=PATIENCE_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE_SECONDS)
        self.sock.connect(str(self._path))


def figures(connection: http.client.HTTPConnection) -> dict[str, float]:
    """Sums over all labels but those of the fate."""
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.read().decode()):
        for sample in family.samples:
            name = f"{sample.name} {sample.labels.get('fate', '')}".strip()
            found[name] = found.get(name, 0) + sample.value
    connection.close()
    return found


def test_the_figures_of_a_desk_at_work_are_read_at_its_port(new_desk: NewDesk, sink: Sink):
    port = free_port()
    desk = new_desk(smarthost=sink.port, extra=f'[metrics]\nlisten = "127.0.0.1:{port}"\n')
    desk.start()
    for number in range(3):
        desk.send(mail(number))
    desk.sends(6)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    wanted = {
        "helpdeskd_received_mails_total": 3,
        "helpdeskd_decided_mails_total opened": 3,
        "helpdeskd_sent_mails_total": 6,
        "helpdeskd_inbox_mails": 0,
        "helpdeskd_outbox_mails": 0,
        "helpdeskd_database_up": 1,
    }
    read: dict[str, float] = {}

    def counted() -> bool:
        read.update(figures(connection))
        return wanted.items() <= read.items()

    assert until(counted, PATIENCE_SECONDS), read
    assert read["helpdeskd_commit_seconds_count"] > 0


def test_the_figures_are_read_at_a_socket(new_desk: NewDesk, tmp_path: Path):
    path = tmp_path / "metrics.sock"
    desk = new_desk(extra=f'[metrics]\nlisten = "{path}"\n')
    desk.start()
    assert figures(AtPath(path))["helpdeskd_database_up"] == 1
    desk.kill(signal.SIGTERM)
    assert not path.exists()


def test_a_worker_that_dies_is_an_alarm_in_the_mailbox_of_the_sysadmin_also_after_a_restart(
    new_desk: NewDesk, sink: Sink
):
    desk = new_desk(smarthost=sink.port, extra=f'[alarms]\nto = ["{OPS}"]\n')
    desk.start()
    os.kill(desk.worker_pid, signal.SIGKILL)
    desk.logs('stage=alarm what="worker ended"')
    desk.restart()
    assert until(lambda: sink.to(OPS), PATIENCE_SECONDS), desk.log
    (message,) = sink.to(OPS)
    assert message.subject == "[Helpdesk] Alarm: worker ended"
    assert "killed by signal 9" in message.text
    assert "what to do: " in message.text
    desk.audit()


def test_what_a_worker_has_met_is_an_alarm_of_the_desk(new_desk: NewDesk, sink: Sink):
    desk = new_desk(smarthost=sink.port, extra=f'[alarms]\nto = ["{OPS}"]\n')
    desk.change("[caps]\naddress_hour = 10000", "[caps]\naddress_hour = 1")
    desk.start()
    for number in range(2):
        desk.send(mail(number))
    desk.logs('stage=alarm what="mail not sent"')
    desk.decides(2)
    desk.restart()
    assert until(lambda: sink.to(OPS), PATIENCE_SECONDS), desk.log
    assert "mail not sent" in sink.to(OPS)[0].subject


def test_every_line_of_a_mail_on_its_way_through_the_worker_has_its_number(desk: RunningDesk):
    desk.send(mail())
    desk.sends(2)
    stages = [line.split()[0] for line in desk.log.splitlines() if " inbox=1 " in line]
    assert stages[:4] == ["stage=received", "stage=queued", "stage=queued", "stage=decided"]
