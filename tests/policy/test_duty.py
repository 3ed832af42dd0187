"""Who is woken, and what they and the customer read."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from helpdeskd.domain.desk import Channel, ChannelKind
from helpdeskd.domain.duty import Shift
from helpdeskd.domain.effect import Page
from helpdeskd.domain.event import CustomerWrote, DutyPaged, DutyReleased, DutySwapped, DutyTaken, Event, TicketOpened
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.ticket import Decision, Emergency, Entitlement, Reason, Ticket
from helpdeskd.policy.duty import inform, known, page
from helpdeskd.policy.react import react
from tests.policy.scenes import ANS, DESK, NIGHT, NOW, TICKET, People, notices, scene, told

OPENED = TicketOpened(NIGHT, "anna@bakery.example", TICKET, "All is down", "high")
PAGED = DutyPaged(NIGHT, "desk", "piet", 1, NIGHT, first=True)


def paged(*people: str):  # type: ignore[no-untyped-def]
    return replace(TICKET, emergency=Emergency(len(people), people[-1], people, NIGHT))


def test_the_page_says_what_the_customer_wrote_also_at_a_later_step() -> None:
    first = notices(list(page(PAGED, scene(OPENED, PAGED, ticket=paged("piet")))))
    second = replace(PAGED, person="ans", step=2, first=False)
    later = notices(list(page(second, scene(second, ticket=paged("piet", "ans"), people=People((OPENED, PAGED))))))
    assert [notice.facts.text for notice in (*first, *later)] == ["All is down", "All is down"]
    assert [notice.facts.step for notice in (*first, *later)] == [1, 2]


def test_the_page_says_what_the_customer_wrote_since_too_and_the_same_words_once() -> None:
    wrote = [CustomerWrote(NIGHT, "bram@bakery.example", text) for text in ("All is down", "", "The oven too")]
    again = scene(*wrote, PAGED, ticket=paged("piet"), people=People((OPENED,)))
    assert [notice.facts.text for notice in notices(list(page(PAGED, again)))] == ["All is down\n\nThe oven too"]


@pytest.mark.parametrize(("step", "until"), [(1, NIGHT), (3, NIGHT), (4, None)])
def test_the_page_says_when_the_next_is_woken_unless_it_is_the_last(step: int, until: datetime | None) -> None:
    woken = ("piet", "ans", "piet", "ans")[:step]
    told = notices(list(page(replace(PAGED, person=woken[-1], step=step), scene(PAGED, ticket=paged(*woken)))))
    assert {notice.facts.until for notice in told} == {until}


def test_the_page_lists_what_its_reader_may_answer() -> None:
    (told,) = notices(list(page(PAGED, scene(PAGED, ticket=paged("piet"), commands=("/ack", "/downgrade")))))
    assert told.facts.commands == ("/ack", "/downgrade")


def pages(event: DutyPaged, *channels: Channel, **more: object) -> list[Page]:
    """What goes out by these channels beside the mail."""
    assert DESK.duty is not None
    desk = replace(DESK, duty=replace(DESK.duty, channels=channels))
    effects = page(event, scene(event, desk=desk, **more))  # type: ignore[arg-type]
    return [effect for effect in effects if isinstance(effect, Page)]


def test_a_channel_gets_text_only() -> None:
    (out,) = [effect for effect in react(scene(PAGED, ticket=paged("piet"))) if isinstance(effect, Page)]
    assert out.channel.kind is ChannelKind.COMMAND
    assert out.record == {
        "event": "page",
        "person": "piet",
        "address": "piet@desk.example",
        "step": "1",
        "ticket": "HD-1001",
        "subject": "It hangs",
        "text": "Emergency HD-1001, step 1: It hangs",
    }


def test_a_channel_is_used_for_its_people_only() -> None:
    chat, phone = Channel(ChannelKind.WEBHOOK, "chat"), Channel(ChannelKind.SMS, "sms", ("ans",), "316@sms.example")
    assert [each.channel for each in pages(PAGED, chat, phone, ticket=paged("piet"))] == [chat]
    second = replace(PAGED, person="ans", step=2, first=False)
    assert [each.channel for each in pages(second, chat, phone, ticket=paged("piet", "ans"))] == [chat, phone]
    assert pages(PAGED, ticket=paged("piet")) == []


def test_a_manager_who_is_woken_beside_somebody_is_told_by_their_channels_too() -> None:
    again = replace(PAGED, step=3, first=False)
    found = pages(again, Channel(ChannelKind.WEBHOOK, "chat"), ticket=paged("piet", "ans", "piet"))
    assert [each.record["person"] for each in found] == ["piet", "mia"]


def test_a_page_for_practice_says_so_and_has_no_head() -> None:
    drill = replace(TICKET, emergency=Emergency(1, "piet", ("piet",), NIGHT, drill=True))
    (mail,) = notices(list(page(PAGED, scene(PAGED, ticket=drill))))
    assert (mail.facts.what, mail.facts.head) == ("drill", ())
    (out,) = pages(PAGED, Channel(ChannelKind.WEBHOOK, "chat"), ticket=drill)
    assert (out.record["event"], out.record["text"]) == ("drill", "DRILL HD-1001, step 1: It hangs")


def test_a_page_for_one_person_alone_names_no_next() -> None:
    alone = replace(TICKET, emergency=Emergency(1, "piet", ("piet",), NIGHT, drill=True, alone=True))
    (mail,) = notices(list(page(PAGED, scene(PAGED, ticket=alone))))
    assert mail.facts.until is None


def test_who_takes_over_reads_from_when_to_when() -> None:
    shifts = (Shift(NIGHT, NIGHT + timedelta(hours=9), "ans"),)
    given = DutySwapped(NOW, "piet", date(2026, 11, 23), shifts)
    (mail,) = notices(react(scene(given)))
    assert (mail.to.address, mail.name, mail.facts.what) == ("ans@desk.example", "agent-update", "duty-swapped")
    assert mail.facts.person == "Piet Jansen"
    assert mail.facts.text == "Mon 2026-11-23 23:00 to Tue 2026-11-24 08:00"


def test_who_is_paged_again_is_joined_by_the_managers() -> None:
    again = replace(PAGED, step=3, first=False)
    assert told(again, ticket=paged("piet", "ans", "piet")) == ["piet duty-page", "mia duty-page"]


def test_a_manager_who_is_woken_because_all_was_silent_comes_alone() -> None:
    alone = replace(PAGED, person="mia", step=5, next_at=None, first=False)
    assert told(alone, ticket=paged("piet", "ans", "mia")) == ["mia duty-page"]
    (page_,) = notices(list(page(alone, scene(alone, ticket=paged("mia")))))
    assert page_.facts.until is None


def test_somebody_who_has_left_is_not_paged() -> None:
    assert told(PAGED, ticket=paged("piet"), people=People(everybody=(ANS,))) == ["anna duty-informed"]


def test_the_customer_is_told_of_the_promise_and_the_cost_once() -> None:
    (informed,) = notices(list(inform(PAGED, scene(PAGED, ticket=paged("piet"), now=NIGHT))))
    assert informed.facts.may_cost
    assert [promise.kind for promise in informed.facts.promises] == ["response", "resolution"]
    assert list(inform(replace(PAGED, first=False), scene(PAGED))) == []


def test_the_others_who_were_woken_may_sleep_on() -> None:
    taken = DutyTaken(NIGHT, "ans", "ans")
    twice = paged("piet", "ans", "piet", "ans")
    assert told(taken, ticket=twice) == [
        "anna duty-taken",
        "bram duty-taken",
        "piet agent-update",
    ]


def test_the_first_mail_of_an_emergency_tells_what_the_acknowledgement_would() -> None:
    reasons = (Reason("contact", "Anna"), Reason("billable-without-contract"), Reason("rate", "800.00 DKK"))
    billable = replace(paged("piet"), entitlement=Entitlement(Decision.BILLABLE, reasons))
    (mail,) = notices(list(inform(PAGED, scene(OPENED, PAGED, ticket=billable))))
    assert mail.facts.reasons == reasons[1:]


WROTE = CustomerWrote(NIGHT, "bram@bakery.example", "Here too")


def colleague_told(*story: Event, ticket: Ticket = paged("piet"), **more: object) -> list[tuple[str, str, str]]:  # noqa: B008
    seen = scene(WROTE, ticket=ticket, people=People((OPENED, PAGED, *story)), **more)
    return [(mail.to.address, mail.facts.what, mail.facts.person) for mail in notices(list(known(WROTE, seen)))]


def test_a_colleague_who_writes_of_the_same_emergency_is_told_that_somebody_was_woken() -> None:
    assert colleague_told() == [("bram@bakery.example", "duty-known", "")]


def test_once_it_is_taken_a_colleague_is_told_by_whom() -> None:
    taken = evolve(paged("piet"), DutyTaken(NIGHT, "piet", "piet"))
    assert colleague_told(ticket=taken) == [("bram@bakery.example", "duty-known", "Piet Jansen")]


def test_nobody_is_told_twice_nor_instead_of_an_answer_or_a_release() -> None:
    assert colleague_told(replace(WROTE, text="All is down")) == []
    assert colleague_told(replace(OPENED, by="bram@bakery.example")) == []
    assert colleague_told(ticket=replace(paged("piet"), answered_at=NIGHT)) == []
    assert colleague_told(ticket=evolve(paged("piet"), DutyReleased(NIGHT, "piet", NIGHT))) == []
    assert colleague_told(ticket=TICKET) == []
    assert colleague_told(addressed=False) == []
