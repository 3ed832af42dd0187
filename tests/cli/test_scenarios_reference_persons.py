"""Reference persons: only they are served, and nothing outside the contract comes unannounced."""

import pytest

from tests.cli.scenarios import Story, story


@pytest.fixture
def played() -> Story:
    return story("reference-persons")


def test_a_nurse_whom_nobody_named_is_taken_on_by_the_first_who_says_yes(played: Story) -> None:
    assert played.answers("nurse") == {"greet adopt-request", "luc adopt-request", "tom adopt-request"}
    assert played.answers("luc-adopts") >= {"luc ticket-received", "piet agent-new"}
    assert played.answers("tom-adopts") == {"tom refused"}
    assert played.mails("nadia") == []
    assert "Votre demande porte le numéro" in played.texts("luc", "ticket-received", "nurse")[0]
    assert played.outcome("nurse") == "accept"


def test_a_contact_without_a_role_is_told_who_may_ask(played: Story) -> None:
    assert played.answers("no-role") == {"sofie refused"}
    assert "contactpersoon van een vestiging" in played.texts("sofie")[0]


def test_support_is_for_what_was_paid(played: Story) -> None:
    assert played.answers("unpaid") == {"rita refused"}
    assert "30 september 2026" in played.texts("rita")[0]


def test_nothing_is_promised_because_the_page_promises_nothing(played: Story) -> None:
    assert [played.targets(mail) for mail in played.tickets] == [{}] * len(played.tickets)


def test_hardware_is_established_and_told_and_costs_nothing(played: Story) -> None:
    [told] = played.texts("tom", "outside-contract", "server")
    assert "hardwareproblemen" in told
    assert "Schijf 2 van de server is stuk" in told
    assert played.minutes("server") == (0, 0, 0)
    own = [line for text in played.texts("tom", about="server") for line in text.splitlines() if line[:1] != ">"]
    assert "DataVolt" not in "".join(own)


def test_the_manager_hears_of_a_complaint_and_of_nothing_else(played: Story) -> None:
    of_tickets = {row["ticket"] for row in played.mails("els") if row["notice"] != "manager-digest"}
    assert of_tickets == {played.reference("complaint")}
    assert "Els Wouters" in played.texts("tom", "reply", "complaint")[0]


def test_a_training_is_approved_before_it_costs(played: Story) -> None:
    assert played.told("approval-request", "training") == ["greet"]
    assert "€ 380,00" in played.texts("greet", "approval-request", "training")[0]
    assert "n'est pas compris dans votre contrat : formation" in "".join(played.texts("luc", about="training"))
    assert {"greet approval-result", "luc approval-result"} <= played.answers("greet-agrees")
    assert played.minutes("training") == (210, 210, 0)


def test_what_is_declined_is_not_done(played: Story) -> None:
    assert played.tickets["change"]["status"] == "rejected"
    assert played.minutes("change") == (0, 0, 0)


def test_nobody_comes_on_site_without_an_approval(played: Story) -> None:
    assert "work on site needs an estimate" in played.texts("ans", "agent-error", "visit")[0]
    assert played.minutes("visit") == (90, 90, 0)


def test_the_statement_has_what_was_approved_only(played: Story) -> None:
    assert played.lines("meadow") == [
        ("work", "visit", 90, "95.00", "142.50"),
        ("work", "training", 210, "95.00", "332.50"),
    ]
    assert played.totals("meadow") == ("475.00", "99.75", "574.75")
    assert played.told("statement") == ["greet"]
