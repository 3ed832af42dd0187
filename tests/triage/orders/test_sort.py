"""`/priority`, `/kind`, `/product`, `/site`: one that there is, or nothing; and what follows from the product."""

from dataclasses import replace

from helpdeskd.domain.event import KindChanged, PriorityChanged
from helpdeskd.domain.sort_event import SiteChanged
from helpdeskd.domain.ticket import Decision, Entitlement, Reason, Status
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import BAKERY, DESK, FLORIST, NOW, PLAN, THIS_YEAR, FakeDirectory, ticket

OTHER = replace(PLAN, name="other", standard="low", priorities=PLAN.priorities[2:], kinds=("bug",))
TWO = (replace(THIS_YEAR, covers=("hosting",)), replace(THIS_YEAR, plan="other", covers=("webshop", "mail")))
COVERED = FakeDirectory(customers=(replace(BAKERY, contracts=TWO), FLORIST))
PLANS = replace(DESK, plans={**DESK.plans, "other": OTHER})


def test_a_priority_of_the_plan_is_set_whatever_its_case() -> None:
    assert order("/priority HIGH").events == (PriorityChanged(NOW, "piet", "normal", "high"),)


def test_setting_the_same_priority_says_that_it_is_triaged() -> None:
    assert order("/priority high", ticket(priority="high", triaged=False)).ticket.triaged


def test_a_priority_that_the_plan_does_not_have_is_refused_with_those_that_it_has() -> None:
    assert refusal("/priority urgent").endswith('there is no priority "urgent" (one of high, normal, low)')
    assert refusal("/priority").endswith("which priority? (one of high, normal, low)")


def test_a_kind_of_the_plan_is_set() -> None:
    assert order("/kind Problem").events == (KindChanged(NOW, "piet", "question", "problem"),)


def test_a_kind_that_the_plan_does_not_have_is_refused() -> None:
    assert refusal("/kind complaint").endswith('there is no kind "complaint" (one of question, problem)')


def test_a_site_of_the_customer_is_set() -> None:
    result = order("/site Shop")
    (changed,) = result.events
    assert isinstance(changed, SiteChanged)
    assert (changed.new, result.ticket.site) == ("shop", "shop")
    assert refusal("/site cellar").endswith('there is no site "cellar" (one of main, shop)')
    assert refusal("/site", ticket(customer="gone")).endswith("which site? (there are none)")


def test_a_product_of_another_contract_brings_its_plan_and_what_that_has() -> None:
    result = order("/product mail", directory=COVERED, desk=PLANS)
    moved = result.ticket
    assert (moved.product, moved.plan, moved.priority, moved.kind) == ("mail", "other", "low", "bug")
    assert result.lines == ("/product mail: product is mail; plan other; priority is low; kind is bug",)


def test_a_site_of_another_contract_brings_its_plan() -> None:
    of_sites = (replace(THIS_YEAR, covers=("main",)), replace(THIS_YEAR, plan="other", covers=("shop", "mail")))
    directory = FakeDirectory(customers=(replace(BAKERY, contracts=of_sites), FLORIST))
    result = order("/site shop", directory=directory, desk=PLANS)
    assert (result.ticket.site, result.ticket.plan) == ("shop", "other")
    assert result.lines == ("/site shop: site is shop; plan other; priority is low; kind is bug",)


def test_what_the_plan_has_too_stays() -> None:
    moved = order("/product mail", ticket(priority="low"), directory=COVERED, desk=PLANS).ticket
    assert moved.priority == "low"


def test_a_product_that_nothing_covers_needs_approval_and_the_agent_is_warned() -> None:
    queues = (*DESK.queues, replace(DESK.queues[0], name="p", addresses=("p@desk.example",), product="printer"))
    result = order("/product printer", directory=COVERED, desk=replace(PLANS, queues=queues))
    assert result.ticket.entitlement.decision is Decision.ASK
    assert result.lines[0].endswith(
        "served as: ask; warning: no contract in force covers printer, ask before it costs (/estimate)"
    )


def test_reasons_that_have_nothing_to_do_with_the_product_stay() -> None:
    reasons = (
        Reason("aligned", "dmarc"),
        Reason("contract", "basic"),
        Reason("not-covered", "x"),
        Reason("quota", "1/3"),
    )
    moved = order(
        "/product hosting", ticket(entitlement=Entitlement(Decision.ASK, reasons)), directory=COVERED, desk=PLANS
    ).ticket
    told = [str(reason) for reason in moved.entitlement.reasons]
    assert told == ["aligned: dmarc", "quota: 1/3", "contract: basic", "covered: hosting"]
    assert moved.entitlement.decision is Decision.ACCEPT


def test_what_was_said_to_be_outside_the_contract_stays_so() -> None:
    asked = Entitlement(Decision.ASK, (Reason("outside", "training"),))
    assert (
        order("/product hosting", ticket(entitlement=asked), directory=COVERED, desk=PLANS).ticket.entitlement.decision
        is Decision.ASK
    )


def test_an_estimate_is_withdrawn_only_where_the_contract_changes() -> None:
    waits = ticket(status=Status.APPROVAL)
    assert order("/product hosting", waits, directory=COVERED, desk=PLANS).ticket.status is Status.APPROVAL
    assert order("/product mail", waits, directory=COVERED, desk=PLANS).ticket.status is Status.NEW


def test_a_product_that_nobody_knows_is_refused() -> None:
    assert (
        order("/product car", directory=COVERED, desk=PLANS)
        .errors[0]
        .endswith('there is no product "car" (one of hosting, webshop, mail)')
    )
