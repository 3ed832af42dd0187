"""The desk and what starts, reloads and stops it: readiness, sockets, signals, watchdog, reloads, certificates."""

import os
import random
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.servers.certificates import Authority
from tests.servers.process import until
from tests.system.desk import ANNA, PATIENCE_SECONDS, SUPPORT, RunningDesk, mail, proportional_mib
from tests.system.sink import Sink

MOST_MIB = 150
NOTICE = "en/ticket-received.md.j2"
WITH_TEMPLATES = '[templates]\nfolder = "templates"'
AS_SYSTEMD_DOES = """
import os, sys
first, second = map(int, sys.argv[1:3])
os.dup2(first, 3), os.dup2(second, 4)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", "LISTEN_FDNAMES": "mail:local"}
os.execv(sys.argv[3], sys.argv[3:])
"""


def test_all_processes_together_need_little_memory(desk: RunningDesk):
    desk.send(mail())
    desk.sends(2)
    assert proportional_mib(desk.pid) + proportional_mib(desk.worker_pid) < MOST_MIB


def test_the_watchdog_is_fed(new_desk: Callable[..., RunningDesk]):
    desk = new_desk()
    desk.start({"WATCHDOG_USEC": "1000000"})
    for _ in range(3):
        desk.notices.clear()
        assert desk.hears("WATCHDOG=1"), desk.log


def test_sockets_of_systemd_are_served_for_smtp_and_lmtp(new_desk: Callable[..., RunningDesk], sink: Sink):
    desk = new_desk(smarthost=sink.port)
    desk.change(f'"127.0.0.1:{desk.smtp}"', '"systemd:mail"')
    desk.change(f'"127.0.0.1:{desk.lmtp}"', '"systemd:local"')
    with socket.create_server(("127.0.0.1", desk.smtp)) as smtp, socket.create_server(("127.0.0.1", desk.lmtp)) as lmtp:
        handed_over = (smtp.fileno(), lmtp.fileno())
        as_systemd = [sys.executable, "-c", AS_SYSTEMD_DOES, *map(str, handed_over)]
        desk.start(command=as_systemd, pass_fds=handed_over)
    desk.send(mail(1))
    with smtplib.LMTP("127.0.0.1", desk.lmtp) as client:
        client.sendmail(ANNA, [SUPPORT], mail(2))
    assert [(row["source"], row["fate"]) for row in desk.decides(2)] == [("smtp", "opened"), ("lmtp", "opened")]


def test_a_socket_that_systemd_did_not_hand_over_is_told(new_desk: Callable[..., RunningDesk]):
    desk = new_desk()
    desk.change(f'"127.0.0.1:{desk.smtp}"', '"systemd:mail"')
    desk.launch()
    assert desk.process is not None
    assert desk.process.wait(PATIENCE_SECONDS) == 1
    assert "systemd:mail: systemd handed over no socket of that name" in desk.log
    assert "Traceback" not in desk.log


def test_sigterm_lets_a_mail_under_way_be_finished_and_cuts_off_one_that_never_ends(desk: RunningDesk):
    good, endless = begun(desk), begun(desk)
    desk.process.send_signal(signal.SIGTERM)
    assert desk.hears("STOPPING=1")
    good.send(b"\r\n.\r\n")
    assert good.getreply()[0] == 250
    assert desk.process.wait(PATIENCE_SECONDS) == 0
    assert endless.sock.recv(100) == b"" or endless.sock.recv(100) == b""
    good.close(), endless.close()
    desk.start()
    assert [row["fate"] for row in desk.decides()] == ["opened"]


def begun(desk: RunningDesk) -> smtplib.SMTP:
    """A client in the middle of its mail."""
    client = smtplib.SMTP("127.0.0.1", desk.smtp, timeout=PATIENCE_SECONDS)
    client.ehlo()
    client.mail(ANNA)
    client.rcpt(SUPPORT)
    assert client.docmd("DATA")[0] == 354
    client.send(mail().removesuffix(b"\r\n"))
    return client


def test_f27_a_storm_of_signals_is_survived(desk: RunningDesk):
    dice = random.Random(27)
    for _ in range(100):
        os.kill(desk.pid, dice.choice([signal.SIGHUP, signal.SIGCONT, signal.SIGWINCH, signal.SIGURG]))
    desk.send(mail())
    assert [row["fate"] for row in desk.decides()] == ["opened"]
    for _ in range(10):
        os.kill(desk.pid, signal.SIGTERM)
    assert desk.process.wait(PATIENCE_SECONDS) == 0
    assert "Traceback" not in desk.log


BROKEN = (
    ('prefix = "HD"', 'prefx = "HD"', "config.toml:5: desk.prefx: unknown key"),
    ('response = "4 hours"', 'response = "4 horus"', "config.toml:17: plan.standard.priority.response:"),
    ("[calendar.office]", "[calendar.office", "config.toml:9:"),
    ('folder = "state"', 'folder = "elsewhere"', "state.folder: cannot change"),
)


def test_f23_a_broken_configuration_is_refused_and_the_old_one_stays(desk: RunningDesk):
    for right, wrong, told in BROKEN:
        desk.change(right, wrong)
        said = desk.reload()
        assert "ok=0" in said
        assert told in said
        desk.change(wrong, right)
    desk.send(mail())
    assert [row["fate"] for row in desk.decides()] == ["opened"]
    assert "ok=1" in desk.reload()


def test_f23_a_broken_configuration_does_not_stop_a_new_worker(desk: RunningDesk):
    desk.change("[calendar.office]", "[calendar.office")
    os.kill(desk.worker_pid, signal.SIGKILL)
    desk.send(mail())
    desk.logs("fate=opened")
    desk.change("[calendar.office", "[calendar.office]")


def test_a_good_configuration_counts_from_the_next_mail_on(desk: RunningDesk, sink: Sink):
    desk.send(mail(1))
    desk.sends(2)
    worker = desk.worker_pid
    desk.change('name = "Helpdesk"', 'name = "Service desk"')
    assert "ok=1" in desk.reload()
    assert until(lambda: desk.worker_pid != worker, PATIENCE_SECONDS)
    desk.send(mail(2))
    desk.sends(4)
    assert [message.from_.name for message in sink.to(ANNA)] == ["Helpdesk", "Service desk"]


def test_what_counts_after_a_restart_only_is_told(desk: RunningDesk):
    desk.change(f"port = {desk.smarthost}", f"port = {desk.smarthost + 1}")
    assert 'ok=1 detail="after a restart: smarthost"' in desk.reload()


def test_f22_a_broken_template_is_refused_and_the_old_one_stays_whatever_becomes_of_the_worker(
    new_desk: Callable[..., RunningDesk], sink: Sink, tmp_path: Path
):
    template = tmp_path / "templates" / NOTICE
    template.parent.mkdir(parents=True)
    template.write_text("Subject: {{ subject }}\n\nWe have it.\n")
    desk = new_desk(smarthost=sink.port, extra=WITH_TEMPLATES)
    desk.start()
    template.write_text("Subject: {{ subject }}\n\n{{ nonsense }}\n")
    assert f"{NOTICE}:3: " in desk.reload()
    os.kill(desk.worker_pid, signal.SIGKILL)
    desk.send(mail(1))
    desk.sends(2)
    template.write_text("Subject: {{ subject }}\n\nIt is with us.\n")
    assert "ok=1" in desk.reload()
    desk.send(mail(2))
    desk.sends(4)
    first, second = sink.to(ANNA)
    assert "We have it." in first.text
    assert "It is with us." in second.text


def test_a_new_certificate_is_used_and_a_broken_one_is_not(new_desk: Callable[..., RunningDesk], tmp_path: Path):
    authority = Authority(tmp_path)
    old, new = authority.issue("127.0.0.1"), authority.issue("localhost", "127.0.0.1")
    desk = new_desk(listener=f'tls = "starttls"\ntls_cert = "{old.chain}"\ntls_key = "{old.key}"')
    desk.start()
    assert names(desk, authority) == ["127.0.0.1"]
    before = old.chain.read_bytes()
    old.chain.write_text("no certificate")
    assert "ok=0" in desk.reload()
    assert names(desk, authority) == ["127.0.0.1"]
    old.chain.write_bytes(before)
    desk.change(str(old.chain), str(new.chain))
    desk.change(str(old.key), str(new.key))
    assert 'ok=1 detail=""' in desk.reload()
    assert names(desk, authority) == ["localhost", "127.0.0.1"]


def names(desk: RunningDesk, authority: Authority) -> list[str]:
    """Whom the certificate is for that a client is shown."""
    with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=PATIENCE_SECONDS) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(authority.certificate)))
        shown = client.sock.getpeercert()
    return [name for _, name in shown["subjectAltName"]]


def test_a_configuration_that_is_broken_at_the_start_is_told_whole(new_desk: Callable[..., RunningDesk]):
    desk = new_desk()
    desk.change('prefix = "HD"', 'prefx = "HD"')
    desk.change('response = "4 hours"', "response = 4")
    done = subprocess.run(
        [sys.executable, "-m", "helpdeskd", "serve", "--config", str(desk.config)], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "config.toml:5: desk.prefx: unknown key" in done.stderr
    assert "config.toml:17: plan.standard.priority.response:" in done.stderr
    assert "Traceback" not in done.stderr
