"""The whole desk confined as its unit says, and started as systemd does: filter, credentials, sockets, watchdog."""

import os
import smtplib
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.servers.certificates import Authority
from tests.servers.process import program, refuse
from tests.system.desk import ANNA, PATIENCE_SECONDS, SUPPORT, RunningDesk, mail
from tests.system.sink import Sink
from tests.system.test_desk_lifecycle import AS_SYSTEMD_DOES

HERE = Path(__file__).parent
UNIT = HERE.parent.parent / "systemd" / "helpdeskd.service"
FORBIDDEN = """
import ctypes, errno, mmap, os, resource, socket
def refused(what, *words):
    try:
        what(*words)
    except OSError as fault:
        assert fault.errno in {errno.EPERM, errno.EROFS, errno.EACCES}, fault
    else:
        raise SystemExit(f"allowed: {what} {words}")
refused(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW)
refused(socket.socket, socket.AF_PACKET, socket.SOCK_RAW)
refused(socket.socket, socket.AF_INET, socket.SOCK_RAW, 1)
refused(mmap.mmap, -1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_WRITE | mmap.PROT_EXEC)
refused(os.chroot, "/")
refused(os.nice, -5)
refused(os.open, "/etc/anything", os.O_CREAT | os.O_WRONLY)
refused(os.setuid, 1000)
assert ctypes.CDLL(None, use_errno=True).unshare(0x10000000) == -1
assert not os.path.exists("/proc/meminfo")
"""


def confined(state: Path) -> list[str]:
    if os.geteuid() != 0:
        refuse("only root can be confined as a unit is")
    program("systemd-analyze", "systemd")
    program("setpriv", "util-linux")
    return [sys.executable, str(HERE / "confined.py"), str(UNIT), str(state)]


def test_what_the_unit_forbids_is_forbidden_to_whom_we_confine(tmp_path: Path):
    done = subprocess.run([*confined(tmp_path), sys.executable, "-c", FORBIDDEN], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_confined_desk_serves_mail_over_tls_with_credentials_sockets_and_watchdog(
    new_desk: Callable[..., RunningDesk], sink: Sink, tmp_path: Path
):
    credentials = tmp_path / "credentials"
    credentials.mkdir(mode=0o500)
    (credentials / "token-key").write_text("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n")
    certificate = Authority(tmp_path).issue("127.0.0.1")
    tls = f'tls = "starttls"\ntls_cert = "{certificate.chain}"\ntls_key = "{certificate.key}"'
    desk = new_desk(smarthost=sink.port, listener=tls)
    desk.change('folder = "state"', 'folder = "state"\ntoken_key_credential = "token-key"')
    desk.change(f'"127.0.0.1:{desk.smtp}"', '"systemd:smtp"')
    desk.change(f'"127.0.0.1:{desk.lmtp}"', '"systemd:lmtp"')
    with socket.create_server(("127.0.0.1", desk.smtp)) as smtp, socket.create_server(("127.0.0.1", desk.lmtp)) as lmtp:
        handed_over = (smtp.fileno(), lmtp.fileno())
        named = AS_SYSTEMD_DOES.replace("mail:local", "smtp:lmtp")
        as_systemd = [sys.executable, "-c", named, *map(str, handed_over)]
        environment = {"CREDENTIALS_DIRECTORY": str(credentials), "WATCHDOG_USEC": "2000000"}
        desk.start(environment, [*as_systemd, *confined(tmp_path)], pass_fds=handed_over)
    with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=PATIENCE_SECONDS) as client:
        client.starttls()
        client.sendmail(ANNA, [SUPPORT], mail(1))
    with smtplib.LMTP("127.0.0.1", desk.lmtp) as client:
        client.sendmail(ANNA, [SUPPORT], mail(2))
    assert [row["fate"] for row in desk.decides(2)] == ["opened", "opened"]
    desk.sends(4)
    desk.notices.clear()
    assert desk.hears("WATCHDOG=1"), desk.log
    assert "ok=1" in desk.reload()
    assert not (desk.state / "token.key").exists()
    assert "Operation not permitted" not in desk.log
    assert "stage=alarm what=worker" not in desk.log


def test_a_desk_without_a_credential_that_it_needs_says_which(new_desk: Callable[..., RunningDesk], tmp_path: Path):
    desk = new_desk()
    desk.change('folder = "state"', 'folder = "state"\ntoken_key_credential = "token-key"')
    desk.launch({"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert desk.process is not None
    assert desk.process.wait(PATIENCE_SECONDS) == 1
    assert "token-key" in desk.log
    assert "Traceback" not in desk.log
