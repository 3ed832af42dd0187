"""The harness: its arithmetic, its subjects, the desk that it fills, and the sink. Nothing here is timed."""

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from benchmarks import __main__ as harness
from benchmarks import postgres_server
from benchmarks.accept import intake
from benchmarks.desk import GOOD, new_desk
from benchmarks.fill import fill
from benchmarks.harness import Plan, Row, Sample, Skipped, attempt, row, with_ratios
from benchmarks.kept import filled
from benchmarks.mix import mails
from benchmarks.pipeline import DELIVERED
from benchmarks.postgres_server import postgres
from benchmarks.processes import ran
from benchmarks.profile_worker import decided
from benchmarks.rounds import WARM, Running, by_smtp
from benchmarks.table import table
from benchmarks.traffic import sink
from helpdeskd.cli import main as helpdeskd
from helpdeskd.storage import db, search, tickets
from tests.servers.process import refuse
from tests.system.desk import hand_over


def test_every_subject_can_be_asked_for_by_its_name():
    done = subprocess.run([sys.executable, "-m", "benchmarks", "--help"], capture_output=True, text=True, check=True)
    for name, run in harness.SUBJECTS:
        assert name in done.stdout
        assert callable(run)


def test_a_row_has_the_medians_of_its_repetitions_and_how_far_they_lie_apart():
    made = row("it", [Sample(100, 1.0, 0.2, 50.0), Sample(100, 2.0, 0.4, 70.0), Sample(100, 4.0, 0.9, 60.0)])
    assert (made.rate, made.cpu_ms, made.memory_mb, made.spread) == (50.0, 4.0, 70.0, 1.5)


def test_a_ratio_is_to_the_fastest_of_the_others_and_missing_where_none_was_measured():
    rows = [Row("ours", rate=60.0, beside=("a", "b")), Row("a", rate=10.0), Row("b", rate=20.0)]
    assert [each.ratio for each in with_ratios(rows)] == [3.0, None, None]
    costs = [Row("1 k", cpu_ms=4.0), Row("1 M", cpu_ms=5.0, beside=("1 k",), measure="cpu_ms")]
    assert [each.ratio for each in with_ratios(costs)] == [None, 1.25]
    assert with_ratios([rows[0], Row("a", fault="is not installed")])[0].ratio is None


def test_what_fails_says_why_in_its_row_and_stops_nothing():
    def fails() -> Row:
        raise Skipped("is not installed (apt install it)")

    rows = [attempt("one", fails), Row("two", rate=1.0)]
    assert "is not installed (apt install it)" in table(rows)
    assert "two" in table(rows)


def test_a_subject_that_fails_leaves_a_row_and_the_others(monkeypatch, tmp_path):
    def fails(_: Plan) -> list[Row]:
        raise RuntimeError("broken")

    monkeypatch.setattr(harness, "SUBJECTS", (("bad", fails), ("good", lambda _: [Row("measured", rate=2.0)])))
    rows = harness.measured(Plan(tmp_path, tmp_path), ["bad", "good"])
    assert [(each.name, bool(each.fault)) for each in rows] == [("bad", True), ("measured", False)]


def test_what_stops_a_subject_halfway_leaves_the_rows_that_it_had(monkeypatch, tmp_path):
    def stops(_: Plan) -> Iterator[Row]:
        yield Row("measured", rate=2.0)
        raise RuntimeError("broken")

    monkeypatch.setattr(harness, "SUBJECTS", (("stops", stops),))
    rows = harness.measured(Plan(tmp_path, tmp_path), ["stops"])
    assert [(each.name, each.fault) for each in rows] == [("measured", ""), ("stops", "RuntimeError: broken")]


def test_each_row_is_told_as_soon_as_it_is_there(monkeypatch, tmp_path, capsys):
    told = []

    def measures(_: Plan) -> Iterator[Row]:
        yield Row("first", rate=1.0)
        told.append(capsys.readouterr().err)
        yield Row("second", rate=2.0)

    monkeypatch.setattr(harness, "SUBJECTS", (("good", measures),))
    harness.measured(Plan(tmp_path, tmp_path), ["good"])
    assert "first" in told[0]
    assert "second" not in told[0]
    assert "second" in capsys.readouterr().err


def test_the_mails_become_tickets_and_answers_on_them(tmp_path):
    with new_desk(tmp_path) as desk:
        desk.put(mails(8, ("plain",)))
        decided(desk)
        assert desk.ask(GOOD) == 8
        assert desk.ask("SELECT count(*) FROM ticket") == 4
        assert desk.ask("SELECT count(*) FROM outbox WHERE notice = 'ticket-received'") == 4


def test_a_filled_desk_has_tickets_that_can_be_read_found_and_answered(tmp_path):
    with new_desk(tmp_path) as desk:
        fill(desk, 30)
        fill(desk, 40)
        said = io.StringIO()
        with redirect_stdout(said):
            assert helpdeskd(["audit", "--config", str(desk.config)]) == 0, said.getvalue()
        assert desk.ask("SELECT count(*) FROM ticket") == 40
        assert desk.ask("SELECT count(*) FROM event") == desk.ask("SELECT count(*) FROM search") == 80
        assert desk.ask("SELECT count(DISTINCT customer) FROM ticket") == 10
        db.connect(desk.state)
        try:
            found = [tickets.by_reference(f"HD-{1000 + number}") for number in range(1, 41)]
            assert [each.ticket.id for each in search.find(["HD-1017"])] == [17]
        finally:
            db.close()
        assert [ticket.id for ticket in found if ticket] == list(range(1, 41))
        desk.put(mails(8, ("plain",)))
        decided(desk)
        assert desk.ask("SELECT max(id) FROM ticket") == 44


def test_a_desk_that_was_kept_takes_the_place_of_one_that_is_to_be_filled(tmp_path):
    with new_desk(tmp_path) as first, new_desk(tmp_path) as second:
        assert filled(first, 10, tmp_path / "kept")
        assert not filled(second, 10, tmp_path / "kept")
        assert second.ask("SELECT count(*) FROM ticket") == 10
        second.put(mails(4, ("plain",)))
        decided(second)
        assert second.ask(GOOD) == 24


def test_all_mails_of_several_rounds_go_through_a_desk_that_runs(tmp_path):
    with sink() as smarthost, new_desk(tmp_path, smarthost.port) as desk, desk.serving() as daemon:
        samples = by_smtp(Running(desk, (desk.port,), (daemon.pid,)), "plain", [4, 6], until=DELIVERED)
        assert [sample.mails for sample in samples] == [4, 6]
        assert all(sample.seconds > 0 and sample.cpu > 0 and sample.memory_mb > 0 for sample in samples)
        assert desk.ask(GOOD) == WARM + 10
        assert "<a1.0.new@customer0.example>" in smarthost.answered()


def test_mail_is_taken_into_a_database_of_postgresql(enterable):
    try:
        with postgres(enterable) as server:
            url = server.new()
            with new_desk(enterable, url=url) as desk, intake(enterable, url) as (port, _):
                hand_over(port, next(mails(1)).raw)
                assert desk.ask("SELECT count(*) FROM inbox") == 1
                assert desk.reach("SELECT count(*) FROM inbox", 1)[1] == 1
    except Skipped as missing:
        refuse(str(missing))


@pytest.fixture
def enterable() -> Iterator[Path]:
    """A folder that another user can enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_without_postgresql_its_row_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres_server, "PROGRAMS", tmp_path / "nowhere")
    rows = harness.measured(Plan(tmp_path, tmp_path), ["postgres"])
    assert [(each.name, "apt install postgresql" in each.fault) for each in rows] == [("postgres", True)]


def test_a_command_that_fails_is_not_measured():
    with pytest.raises(RuntimeError, match="no such thing"):
        ran([sys.executable, "-c", "raise SystemExit('no such thing')"])
    assert ran([sys.executable, "-c", "sum(range(10**6))"]).cpu > 0


def test_the_sink_tells_which_mails_were_answered():
    with sink() as smarthost:
        hand_over(smarthost.port, b"Subject: Re: it\r\nIn-Reply-To: <1@customer.example>\r\n\r\n.\r\nDone.\r\n")
        hand_over(smarthost.port, b"Subject: news\r\n\r\n\r\n")
        assert list(smarthost.answered()) == ["<1@customer.example>"]


def test_the_result_can_be_read_by_a_program(monkeypatch, capsys):
    monkeypatch.setattr(harness, "SUBJECTS", (("good", lambda _: [Row("measured", rate=2.0)]),))
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--json", "--only", "good"])
    assert harness.main() == 0
    told = json.loads(capsys.readouterr().out)
    assert told["machine"]["cores"] >= 1
    assert [each["name"] for each in told["rows"]] == ["measured"]
