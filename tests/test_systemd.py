"""The shipped units, judged by systemd itself where it is installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parent.parent / "systemd"
SERVICE = UNITS / "helpdeskd.service"
SOCKETS = {"smtp": UNITS / "helpdeskd-smtp.socket", "lmtp": UNITS / "helpdeskd-lmtp.socket"}
PROGRAM = "/opt/helpdeskd/bin/helpdeskd"
HIGHEST_EXPOSURE = 1.2


def settings(unit: Path, name: str) -> list[str]:
    """All values that a unit gives to a setting."""
    return [line.partition("=")[2] for line in unit.read_text().splitlines() if line.startswith(f"{name}=")]


@pytest.fixture
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        why = "systemd-analyze is not installed: the units are NOT checked (apt-get install systemd)"
        print(why, file=sys.__stderr__)
        pytest.skip(why)
    return found


def test_the_service_is_exposed_no_more_than_it_must(analyze):
    threshold = f"--threshold={HIGHEST_EXPOSURE * 10:.0f}"
    judged = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", threshold, SERVICE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout.splitlines()[-1]


def test_systemd_finds_no_fault_in_the_units(analyze, tmp_path):
    program = tmp_path / "helpdeskd"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in (SERVICE, *SOCKETS.values()):
        (tmp_path / unit.name).write_text(unit.read_text().replace(PROGRAM, str(program)))
    units = sorted(tmp_path.glob("helpdeskd*.*"))
    judged = subprocess.run([analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    assert (judged.returncode, judged.stderr) == (0, "")
    assert len(units) == 3


@pytest.mark.parametrize("name", SOCKETS)
def test_each_socket_starts_the_service_and_has_the_name_the_configuration_uses(name):
    assert settings(SOCKETS[name], "Service") == [SERVICE.name]
    assert settings(SOCKETS[name], "FileDescriptorName") == [name]


def test_the_service_is_started_again_for_as_long_as_it_takes():
    assert settings(SERVICE, "Restart") == ["on-failure"]
    assert settings(SERVICE, "StartLimitIntervalSec") == ["0"]


def test_only_the_package_and_the_systems_programs_can_be_run():
    assert settings(SERVICE, "NoExecPaths") == ["/"]
    assert settings(SERVICE, "ExecStart") == [f"{PROGRAM} serve"]
    assert "/opt/helpdeskd" in settings(SERVICE, "ExecPaths")[0].split()


def test_a_credential_that_is_not_there_does_not_stop_the_service():
    credentials = [value.partition(":") for value in settings(SERVICE, "LoadCredential")]
    assert [name for name, _, _ in credentials] == [
        "imap-password",
        "smtp-password",
        "token-key",
        "oauth-secret",
        "oauth-refresh-token",
        "dkim-key",
    ]
    assert not any(source.startswith("/") for _, _, source in credentials)
