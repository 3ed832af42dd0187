"""The head of an agents' notice: what there is to say, and no line without anything."""

from dataclasses import replace

from helpdeskd.domain.bill import bill
from helpdeskd.domain.directory import Contact, SentMail
from helpdeskd.domain.entry import Entry
from helpdeskd.domain.event import DeliveryFailed
from helpdeskd.domain.tariff import Tariff
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.policy.head import head
from helpdeskd.policy.scene import Scene
from tests.policy.scenes import ANNA, DESK, NOW, OFFICE, PLAN, TICKET, People, scene


def labels(seen: Scene) -> dict[str, str]:
    return {line.label: str(line.value) for line in head(seen)}


def test_a_plain_ticket_says_who_asks_what_they_are_entitled_to_and_what_is_due() -> None:
    assert [*labels(scene())] == [
        "contact", "rights", "language", "customer",
        "plan", "entitlement", "reason", "status", "response", "resolution",
    ]  # fmt: skip


def test_rights_come_with_roles() -> None:
    bram = replace(TICKET, requester="bram@bakery.example")
    seen = labels(scene(ticket=bram))
    assert (seen["rights"], seen["roles"]) == ("open, spend", "general")


def test_who_has_left_is_an_address() -> None:
    gone: Ticket = replace(TICKET, requester="gone@bakery.example", customer="gone")
    seen = labels(scene(ticket=gone))
    assert (seen["contact"], seen["customer"]) == ("gone@bakery.example", "gone")


def test_a_sender_who_is_not_proved_is_a_warning() -> None:
    (line,) = [line for line in head(scene(strength="none")) if line.label == "strength"]
    assert line.warning


def test_mail_that_was_not_acknowledged_says_why() -> None:
    assert "neither To nor Cc" in labels(scene(addressed=False))["acknowledged"]


def test_a_goal_is_called_one() -> None:
    assert "resolution goal" in labels(scene(ticket=replace(TICKET, priority="high")))


def test_what_is_charged_is_told_apart_from_what_nobody_has_approved() -> None:
    priced = replace(PLAN, tariffs=(Tariff("EUR", OFFICE, {1: 100_00}, authorised_per_ticket=60),))
    people = People(booked=(Entry(1, "HD-1001", "piet", NOW, 90),))
    desk = replace(DESK, plans={"standard": priced})
    seen = labels(scene(desk=desk, people=people, bill=bill(TICKET, priced, people)))
    assert (seen["charge"], seen["unapproved"]) == ("60 / 90", "30")
    less = replace(people, booked=(Entry(1, "HD-1001", "piet", NOW, 45),))
    assert "unapproved" not in labels(scene(desk=desk, people=less, bill=bill(TICKET, priced, less)))


def test_owner_links_earlier_tickets_and_attachments_are_told() -> None:
    other = replace(TICKET, reference="HD-1000", subject="The old one")
    owned = replace(TICKET, owner="piet", links=("HD-0007",))
    seen = labels(scene(ticket=owned, people=People(others=(other,)), attachments=("a.png", "b.png")))
    assert seen["owner"] == "Piet Jansen"
    assert seen["refers"] == "HD-0007"
    assert seen["earlier"] == "HD-1000 new: The old one"
    assert seen["attachments"] == "a.png, b.png"


def test_earlier_tickets_are_told_with_the_beginning_of_their_solution_in_one_line() -> None:
    solved = replace(TICKET, reference="HD-1000", status=Status.RESOLVED, solution="Restart\nthe spooler.")
    long = replace(solved, reference="HD-0999", solution="word " * 60)
    told = [line.value for line in head(scene(people=People(others=(solved, long)))) if line.label == "earlier"]
    assert told[0] == "HD-1000 resolved: It hangs → Restart the spooler."
    assert told[1] == f"HD-0999 resolved: It hangs → {'word ' * 31}word…"


def test_a_contact_without_a_language_is_shown_with_the_one_they_are_written_to_in() -> None:
    class Silent(People):
        def contact(self, address: str) -> Contact | None:
            return replace(ANNA, language="")

    assert labels(scene())["language"] == "nl"
    assert labels(scene(people=Silent()))["language"] == "en"


def test_of_a_delivery_report_the_mail_is_told_that_did_not_arrive_and_not_the_reports_own_sender() -> None:
    class Sender(People):
        def sent_by_id(self, outbox_id: int) -> SentMail | None:
            return SentMail(outbox_id, "anna@bakery.example", "reply", "HD-1001", NOW)

    failed = DeliveryFailed(NOW, "mailer-daemon@x.example", "anna@bakery.example", "failed", True, 7)
    seen = labels(scene(failed, people=Sender(), strength="none", addressed=False, attachments=("report.eml",)))
    assert (seen["undelivered"], seen["written"]) == ("reply", str(NOW))
    assert not {"strength", "acknowledged", "attachments"} & set(seen)


def test_without_a_ticket_there_is_no_head() -> None:
    assert head(scene(ticket=None)) == ()


def test_product_site_and_level_are_told_where_an_agent_has_said_them() -> None:
    said = labels(scene(ticket=replace(TICKET, product="webshop", site="shop", level=2)))
    assert (said["product"], said["site"], said["level"]) == ("webshop", "shop", "2")
