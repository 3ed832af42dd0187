"""Answers that agents ask for."""

from dataclasses import replace
from datetime import timedelta

from helpdeskd.domain.charge import Charge
from helpdeskd.domain.event import AgentReplied, CommandsDone, DutyPaged, MailRecorded, NoteAdded, TicketOpened
from helpdeskd.domain.target import Pause, Target
from helpdeskd.domain.ticket import Status
from helpdeskd.policy.clock import wind
from helpdeskd.policy.explain import answers, consequences, segments, show, why
from tests.policy.scenes import NOW, PIET, PLAN, TICKET, ZONE, People, scene

HOUR = timedelta(hours=1)


def test_why_tells_what_was_counted_and_what_was_skipped() -> None:
    told = why(TICKET, wind(TICKET, (), PLAN, NOW), Charge(TICKET), PLAN, ZONE)
    assert "HD-1001 was served as: accept\n  because contract: standard" in told
    assert "resolution within 2 working days, due Wed 2026-11-25 10:00" in told
    assert "Mon 2026-11-23 18:00 to Tue 2026-11-24 08:30: 0 min counted (closed)" in told


def test_why_tells_what_became_of_a_target() -> None:
    late = replace(TICKET, answered_at=NOW + 6 * HOUR, unanswered_since=None)
    told = why(late, wind(late, (), PLAN, NOW + 6 * HOUR), Charge(late), PLAN, ZONE)
    assert "due Mon 2026-11-23 14:00, met Mon 2026-11-23 16:00, breached Mon 2026-11-23 14:00" in told
    rejected = replace(TICKET, status=Status.REJECTED)
    assert "ended not met" in why(rejected, wind(rejected, (), PLAN, NOW), Charge(rejected), PLAN, ZONE)


def test_why_ends_with_what_the_ticket_costs() -> None:
    assert why(TICKET, (), Charge(TICKET), PLAN, ZONE).splitlines()[-2:] == [
        "",
        "HD-1001 costs nothing: its plan has no prices",
    ]


def test_why_tells_how_duty_was_woken_before_what_it_costs() -> None:
    told = why(TICKET, (), Charge(TICKET), PLAN, ZONE, ["duty was woken", "  step 1"])
    assert told.splitlines()[-5:] == [
        "", "duty was woken", "  step 1", "", "HD-1001 costs nothing: its plan has no prices",
    ]  # fmt: skip


def test_why_and_duty_are_answered_from_what_is_stored() -> None:
    paged = DutyPaged(NOW, "desk", "piet", 1, NOW, first=True)
    asked = CommandsDone(NOW, "piet", (), ("why", "duty"), "piet@desk.example")
    about_ticket, about_duty = answers(asked, scene(asked, people=People(told=(paged,))), PIET)
    assert "Mon 2026-11-23 10:00: step 1, piet was paged" in about_ticket
    assert about_duty == (
        "on duty (15 minutes each to acknowledge):\n  Mon 2026-11-23 10:00 to Mon 2026-11-30 10:00: piet, then ans"
    )


def test_a_pause_is_skipped_and_said_for_the_resolution_only() -> None:
    waiting = replace(TICKET, status=Status.WAITING, pauses=(Pause(NOW + HOUR, None, "waiting"),))
    response, resolution = wind(waiting, (), PLAN, NOW + HOUR)
    assert [piece.why for piece in segments(resolution, waiting, PLAN)][-1] == "paused: waiting"
    assert all("paused" not in piece.why for piece in segments(response, waiting, PLAN))
    assert "resolution within 2 working days, stands while the ticket is waiting\n" in why(
        waiting, (resolution,), Charge(waiting), PLAN, ZONE
    )


def test_show_tells_what_was_written_and_marks_notes() -> None:
    story = (
        TicketOpened(NOW, "anna@bakery.example", TICKET, "Help", "normal"),
        MailRecorded(NOW, "anna@bakery.example", "Away", "automatic"),
        NoteAdded(NOW + HOUR, "ans", "Old printer."),
        AgentReplied(NOW + HOUR, "piet", "Restart."),
    )
    assert show(TICKET, People(told=story), ZONE) == (
        "HD-1001 It hangs\nnew, normal, problem, owner nobody, team support\n"
        "customer: Bakery (bakery)\ncontact: Anna <anna@bakery.example>\n"
        "participants: anna@bakery.example, bram@bakery.example\n\n"
        "Mon 2026-11-23 10:00 anna@bakery.example:\nHelp\n\n"
        "Mon 2026-11-23 11:00 ans (note):\nOld printer.\n\n"
        "Mon 2026-11-23 11:00 piet:\nRestart."
    )


def test_show_tells_what_is_due_and_calls_who_has_left_by_what_is_stored() -> None:
    class Clocked(People):
        def targets(self, ticket_id: int) -> tuple[Target, ...]:
            return wind(TICKET, (), PLAN, NOW)

    gone = replace(TICKET, customer="gone", requester="x@gone.example", participants=(), owner="piet")
    told = show(gone, Clocked(), ZONE).splitlines()
    assert told[1:] == [
        "new, normal, problem, owner piet, team support",
        "customer: gone",
        "contact: x@gone.example",
        "participants: nobody",
        "response: due Mon 2026-11-23 14:00",
        "resolution: due Wed 2026-11-25 10:00",
    ]


def test_show_tells_the_solution_above_what_was_written() -> None:
    solved = replace(TICKET, solution="Restart the spooler.\nThen print.")
    assert show(solved, People(), ZONE).endswith("\nsolution: Restart the spooler.\nThen print.")


def test_after_a_command_the_deadlines_are_told_and_those_that_stand() -> None:
    waiting = replace(TICKET, status=Status.WAITING, pauses=(Pause(NOW, None, "waiting"),))
    done = CommandsDone(NOW, "piet", ("/wait: waiting",))
    assert list(consequences(done, scene(done, ticket=waiting), PIET)) == [
        "response due Mon 2026-11-23 14:00",
        "resolution stands while the ticket is waiting",
    ]
    assert list(consequences(replace(done, lines=()), scene(done), PIET)) == []
