"""Who is asked about a stranger from the customer's own domain, and what they read."""

from dataclasses import dataclass, replace
from datetime import date

from helpdeskd.domain.directory import Contact, Contract, Customer, Right
from helpdeskd.domain.event import MailHeld
from helpdeskd.domain.notice import Notice
from helpdeskd.domain.plan import ContactRules
from helpdeskd.domain.ticket import Reason
from helpdeskd.policy.adopt import ask
from tests.policy.scenes import ANNA, BAKERY, BRAM, CONTRACT, DESK, NOW, PLAN, People, notices, scene

SAM = "sam@bakery.example"
HELD = MailHeld(NOW, SAM, "New here", (Reason("unknown-sender", SAM),), customer="bakery")
CATO = Contact("bakery", "Cato", ("cato@bakery.example",), "en", frozenset({Right.APPROVE}))
ROLES = replace(PLAN, name="roles", contacts=ContactRules(roles=("general",)))


@dataclass
class Known(People):
    customers: tuple[Customer, ...] = ()

    def customer(self, name: str) -> Customer | None:
        return next((customer for customer in self.customers if customer.name == name), None)


def asked(event: MailHeld = HELD, text: str = "Hello", **changes: object) -> list[Notice]:
    bakery = replace(BAKERY, **{"contacts": (ANNA, BRAM, CATO)} | changes)  # type: ignore[arg-type]
    made = scene(event, ticket=None, people=Known(customers=(bakery,)), mail_id=7, text=text, writer=SAM)
    desk = replace(DESK, plans={"standard": PLAN, "roles": ROLES})
    return notices(list(ask(event, replace(made, desk=desk))))


def names(mails: list[Notice]) -> list[str]:
    return [mail.to.name for mail in mails]


def test_every_contact_who_may_open_tickets_is_asked_in_their_language_about_that_mail() -> None:
    for_anna, for_bram = asked()
    assert [(mail.to.name, mail.to.language, mail.about) for mail in (for_anna, for_bram)] == [
        ("Anna", "nl", 7),
        ("Bram", "en", 7),
    ]
    assert (for_anna.name, for_anna.automatic, for_anna.answers) == ("adopt-request", True, False)


def test_they_read_who_wrote_and_only_how_it_begins() -> None:
    (mail, _) = asked(text="Hello,\n\nI am new.\nMy screen is dark.\nAnd here is a long story.")
    assert (mail.facts.person, mail.facts.what) == (SAM, "New here")
    assert mail.facts.text == "Hello,\nI am new.\nMy screen is dark."


def test_mail_that_is_not_held_for_a_customer_asks_nobody() -> None:
    assert asked(replace(HELD, customer="")) == []
    assert asked(replace(HELD, customer="gone")) == []


def test_where_the_plan_in_force_serves_roles_only_those_who_have_one_are_asked() -> None:
    assert names(asked(contracts=(replace(CONTRACT, plan="roles"),))) == ["Bram"]
    assert names(asked(contracts=(CONTRACT, replace(CONTRACT, plan="roles")))) == ["Anna", "Bram"]


def test_a_plan_of_a_contract_that_is_over_asks_for_no_role() -> None:
    assert names(asked(contracts=(Contract("roles", date(2025, 1, 1), date(2025, 12, 31)),))) == ["Anna", "Bram"]
