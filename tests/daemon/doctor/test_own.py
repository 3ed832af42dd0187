"""The doctor looks at what the desk shows to others, and at its duty calendar."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from helpdeskd.daemon.doctor.finding import Level
from helpdeskd.daemon.doctor.own import alarms, certificates, duty_calendar
from tests.config.small_desk import SMALL, loaded
from tests.config.test_oncall import calendar
from tests.servers.certificates import Authority

AGENT = '[[agent]]\nname = "ans"\ntitle = "Ans Smit"\naddresses = ["ans@desk.example"]\n'
DUTY = SMALL + '[duty]\nroster = ["ans"]\n[duty.calendar]\nfile = "duty.ics"\n' + AGENT


def test_a_certificate_is_told_with_its_end_and_warned_of_three_weeks_before(tmp_path: Path) -> None:
    made = Authority(tmp_path).issue("mx.desk.example")
    tls = f'tls = "starttls"\ntls_cert = "{made.chain}"\ntls_key = "{made.key}"\n'
    of = loaded(tmp_path, f'{SMALL}[[smtp]]\nname = "mx"\nlisten = "127.0.0.1:2525"\n{tls}')
    now = datetime.now(UTC)
    [soon] = certificates(of, now)
    [later] = certificates(of, now - timedelta(days=60))
    assert (soon.level, later.level) == (Level.WARNING, Level.OK)
    assert soon.about == "smtp mx"


def test_a_certificate_that_no_client_takes_is_an_error(tmp_path: Path) -> None:
    made = Authority(tmp_path).issue("mx.desk.example")
    made.chain.write_text("no certificate")
    tls = f'tls = "starttls"\ntls_cert = "{made.chain}"\ntls_key = "{made.key}"\n'
    of = loaded(tmp_path, f'{SMALL}[[smtp]]\nname = "mx"\nlisten = "127.0.0.1:2525"\n{tls}')
    assert [found.level for found in certificates(of, datetime.now(UTC))] == [Level.ERROR]


def test_a_listener_without_tls_has_nothing_to_show(tmp_path: Path) -> None:
    of = loaded(tmp_path, f'{SMALL}[[smtp]]\nname = "mx"\nlisten = "127.0.0.1:2525"\n')
    assert list(certificates(of, datetime.now(UTC))) == []


def test_the_duty_calendar_is_read_as_it_is_now(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    of = loaded(tmp_path, DUTY)
    assert [found.level for found in duty_calendar(of, now)] == [Level.ERROR]
    shift = "DTSTART:20261123T170000Z\nDTEND:20261124T073000Z\nSUMMARY:Ans Smit"
    (tmp_path / "duty.ics").write_bytes(calendar(shift))
    [found] = duty_calendar(of, now)
    assert (found.level, found.text) == (Level.OK, "1 shifts from now on")
    assert list(duty_calendar(loaded(tmp_path, SMALL), now)) == []


def test_alarms_that_reach_nobody_are_warned_of(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    [found] = alarms(loaded(tmp_path, SMALL), now)
    assert found.level is Level.WARNING
    [found] = alarms(loaded(tmp_path, f'{SMALL}[alarms]\nto = ["root@ops.example"]\n'), now)
    assert (found.level, found.text) == (Level.OK, "go to root@ops.example")
