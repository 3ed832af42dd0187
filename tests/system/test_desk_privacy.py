"""Somebody is erased while the desk is at work, and no file of its state tells of them any more."""

from tests.cli.planted import found
from tests.system.desk import ANNA, RunningDesk, mail

SOUGHT = (ANNA, "planted01", "planted02")


def test_an_erasure_while_the_daemon_runs_leaves_nothing_in_any_file_and_the_desk_goes_on(desk: RunningDesk) -> None:
    desk.send(mail(1, "The planted01 hangs", "It says planted02."))
    desk.decides(1)
    desk.sends(2)
    assert {trace.partition(" in ")[0] for trace in found(desk.state, SOUGHT)} == set(SOUGHT)
    assert desk.run("person", "erase", ANNA, "--yes")[0] == 0
    assert found(desk.state, SOUGHT) == []
    desk.send(mail(2, "The planted01 again"))
    erased, again = desk.decides(2)
    assert (again["fate"], erased["sender"]) == ("held", "person-1")
    assert desk.audit()["faults"] == []


def test_a_reload_with_another_configuration_is_told_in_the_audit_record(desk: RunningDesk) -> None:
    desk.change('name = "Helpdesk"', 'name = "Service desk"')
    desk.reload()
    told = [row for row in desk.ask("audit", "--log") if row["what"] == "ConfigurationChanged"]
    assert [row["detail"]["old"] for row in told] == [None, told[0]["detail"]["new"]]
