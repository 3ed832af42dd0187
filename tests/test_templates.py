"""The shipped templates: every notice in every language, complete, and right for what the desk really sends."""

import re
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from html import unescape
from pathlib import Path

import pytest

from helpdeskd.domain.card import CardUse
from helpdeskd.domain.line import Share
from helpdeskd.domain.notice import ContactFacts, Facts, Letter, QuotaFacts
from helpdeskd.domain.ticket import Reason, Status
from helpdeskd.mail.compose import Composer
from helpdeskd.mail.render import Rendered, Renderer
from helpdeskd.mail.sample import DUE, TO_AGENTS, WHAT, sample_letter
from helpdeskd.triage.contacts import RIGHTS
from helpdeskd.triage.quantity import minutes_of
from helpdeskd.triage.quoting import split
from helpdeskd.triage.words import ADD, APPROVE, BALANCE, CLOSE, CONTACTS, DECLINE, HELP, REMOVE, STATUS, asked, said

LANGUAGES = ("nl", "da", "en", "fr", "de")
NOTICES = (
    "ticket-received", "reply", "status", "refused", "duty-informed", "duty-taken", "duty-page", "duty-released",
    "agent-new", "agent-update", "agent-transcript", "agent-error", "held-digest", "target-warning", "closed",
    "agent-digest", "manager-digest",
    "approval-request", "approval-result", "outside-contract", "information-missing", "quota-warning", "card-low",
    "balance", "statement", "adopt-request", "help", "contacts", "forward",
    "address-misused", "waiting",
)  # fmt: skip
NEEDED = {
    "approval-request": ("estimate",),
    "quota-warning": ("quota",),
    "card-low": ("cards",),
    "statement": ("statement",),
    "adopt-request": ("person",),
    "manager-digest": ("sections",),
}
"""The facts that a notice is about; without them it is not sent."""
RESULTS = WHAT["approval-result"]
NOT_COUNTED = {
    "no-right", "not-in-reply", "expired", "weakly-proved", "not-understood", "already-approved", "already-declined",
    "replaced", "withdrawn", "not-alone", "no-answer",
}  # fmt: skip
FOLDER = Path(__file__).parents[1] / "templates"


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer((FOLDER,), "en")


def letter(notice: str, language: str, **facts: object) -> Letter:
    sample = sample_letter(notice, language)
    return replace(sample, notice=replace(sample.notice, facts=replace(sample.notice.facts, **facts)))


def bare(notice: str, language: str) -> Letter:
    """A letter with nothing in it that a notice can do without."""
    sample = sample_letter(notice, language)
    facts = sample.notice.facts
    desk = replace(facts.desk, opens_at=None, duty_phone="")
    needed = {name: getattr(facts, name) for name in NEEDED.get(notice, ())}
    empty = Facts(desk, facts.at, facts.ticket, what=facts.what, text=facts.text, items=facts.items, **needed)
    to = replace(sample.notice.to, name="")
    return replace(sample, subject="", notice=replace(sample.notice, facts=empty, to=to))


def words(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((FOLDER / language / "words.toml").read_text("utf-8"))


def rendered(renderer: Renderer, notice: str, language: str, **facts: object) -> Rendered:
    return renderer.render(letter(notice, language, **facts))


def test_every_template_renders_in_every_language():
    assert Composer((FOLDER,), "nl").check_templates() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_is_there_in_every_language(language: str):
    files = {file.name for file in (FOLDER / language).iterdir()}
    partials = {"_closing", "_head", "_commands", "_left_out", "_balance", "_estimate", "_digest"}
    assert files == {f"{name}.md.j2" for name in {*NOTICES, *partials}} | {"words.toml"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_words_in_the_same_order(language: str):
    assert [(group, list(texts)) for group, texts in words(language).items()] == [
        (group, list(texts)) for group, texts in words("en").items()
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_detail_is_told_where_the_other_languages_tell_it(language: str):
    for group in ("reasons", "told", "charges"):
        for code, text in words("en")[group].items():
            assert ("{detail}" in words(language)[group][code]) == ("{detail}" in text), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_has_a_word(language: str):
    assert set(words(language)["statuses"]) == {status.value for status in Status}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_can_do_without_all_that_may_be_empty(renderer: Renderer, notice: str, language: str):
    whole = renderer.render(bare(notice, language))
    assert whole.subject
    assert "None" not in whole.text
    assert "\n\n\n" not in whole.text
    assert " ," not in whole.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", NOTICES)
def test_no_template_leaves_markup_in_the_text(renderer: Renderer, notice: str, language: str):
    text = rendered(renderer, notice, language).text
    assert not any(mark in text for mark in ("{{", "{%", "**", "](", "|", "\x02", "\u00a0", "\u202f"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", NOTICES)
def test_what_a_client_quotes_below_an_answer_is_not_new(renderer: Renderer, notice: str, language: str):
    text = rendered(renderer, notice, language).text
    assert split(f"/take\n\n{text}").own.strip() == "/take"
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    assert split(f"Thanks\n\n{quoted}").own.strip() == "Thanks"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", list(Status))
def test_a_status_is_told_in_words(renderer: Renderer, language: str, status: Status):
    text = rendered(renderer, "status", language, what=status.value).text
    assert "ACME-1042" in text
    assert status is not Status.NEW or words(language)["statuses"][status.value] in text
    assert ("ACME-1043" in text) is (status is Status.MERGED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_acknowledgement_tells_number_promises_and_what_is_missing(renderer: Renderer, language: str):
    own = words(language)
    text = rendered(renderer, "ticket-received", language).text
    assert "ACME-1042" in text
    assert own["targets"]["response"] in text
    assert f"4 {own['amounts']['working hours']}" in text
    assert "23" in text
    assert own["missing"]["web address"] in text
    assert own["told"]["billable-without-contract"] in text
    assert "+31 20 000 0000" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_acknowledgement_promises_nothing_that_is_not_promised(renderer: Renderer, language: str):
    text = rendered(renderer, "ticket-received", language, promises=()).text
    assert not any(target in text for target in words(language)["targets"].values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_a_closed_desk_tells_when_it_opens(renderer: Renderer, language: str):
    closed = letter("ticket-received", language, promises=(), reasons=())
    desk = closed.notice.facts.desk
    opened = rendered(renderer, "ticket-received", language, promises=(), reasons=(), desk=replace(desk, opens_at=None))
    assert desk.opens_at is not None
    opens = renderer.render(closed).words.when(desk.opens_at, "Europe/Amsterdam")
    assert opens in renderer.render(closed).text
    assert "2026" not in opened.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_cost_out_of_hours_is_told_only_where_there_may_be_one(renderer: Renderer, language: str):
    told = rendered(renderer, "duty-informed", language, may_cost=True).text
    untold = rendered(renderer, "duty-informed", language, may_cost=False).text
    assert len(told.split("\n\n")) == len(untold.split("\n\n")) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_emergency_tells_the_same_reasons_as_any_request(renderer: Renderer, language: str):
    reasons = (Reason("billable-without-contract"), Reason("rate", "800.00 DKK"), Reason("minimum", "15"))
    for notice in ("duty-informed", "ticket-received"):
        whole = rendered(renderer, notice, language, reasons=reasons)
        assert all(whole.words.reason(reason, "told") in whole.text for reason in reasons)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_known_emergency_tells_who_has_it_or_that_somebody_was_woken(renderer: Renderer, language: str):
    waits = rendered(renderer, "status", language, what="duty-known", person="", text="").text
    taken = rendered(renderer, "status", language, what="duty-known", person="Piet Jansen", text="").text
    assert ("Piet Jansen" in waits, "Piet Jansen" in taken) == (False, True)
    assert "ACME-1042" in waits


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_answers_too_late_is_not_called_refused(renderer: Renderer, language: str):
    reasons = (Reason("already-answered", "Bram Bakker (HD-1001)"),)
    late = rendered(renderer, "refused", language, what="late", reasons=reasons, ticket=None).text
    refused = rendered(renderer, "refused", language, what="refused", reasons=reasons, ticket=None).text
    assert "Bram Bakker (HD-1001)" in late
    assert len(late.split("\n\n")) == len(refused.split("\n\n")) - 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_held_request_is_not_called_refused(renderer: Renderer, language: str):
    reasons = (Reason("unpaid", "2026-10-31"),)
    held = rendered(renderer, "refused", language, what="held", reasons=reasons, ticket=None).text
    refused = rendered(renderer, "refused", language, what="refused", reasons=reasons, ticket=None).text
    assert held.split("\n\n")[2] != refused.split("\n\n")[2]
    assert words(language)["told"]["unpaid"].split(". ")[1] in held


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_breach_is_told_from_a_warning(renderer: Renderer, language: str):
    sample = letter("target-warning", language)
    late = tuple(replace(item, percent=100) for item in sample.notice.facts.items)
    nearly = tuple(replace(item, percent=99) for item in sample.notice.facts.items)
    assert "<strong>" in rendered(renderer, "target-warning", language, items=late).html
    assert "<strong>" not in rendered(renderer, "target-warning", language, items=nearly).html


@pytest.mark.parametrize("notice", sorted(set(NOTICES) - TO_AGENTS))
def test_a_customer_is_never_shown_what_is_for_agents(renderer: Renderer, notice: str):
    text = rendered(renderer, notice, "en").text
    assert "/take" not in text
    assert words("en")["head"]["contact"] not in text
    assert words("en")["reasons"]["billable-without-contract"] not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_without_a_ticket_or_a_subject_has_a_subject_that_ends(renderer: Renderer, language: str):
    sample = letter("agent-error", language, ticket=None)
    subject = renderer.render(replace(sample, subject="")).subject
    assert subject
    assert not subject.endswith(":")


def with_estimate(notice: str, language: str, what: str = "", **changes: object) -> Letter:
    sample = sample_letter(notice, language).notice.facts.estimate
    assert sample is not None
    return letter(notice, language, what=what, estimate=replace(sample, **changes))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answers_that_a_request_names_are_understood(renderer: Renderer, language: str):
    html = renderer.render(with_estimate("approval-request", language)).html
    answers = [said(unescape(answer)) for answer in re.findall("<li><strong>(.*?)</strong>", html)]
    assert [answer and answer.name for answer in answers] == [APPROVE, APPROVE, DECLINE]
    assert [minutes_of(answer.argument) for answer in answers if answer and answer.argument] == [30]


@pytest.mark.parametrize("language", LANGUAGES)
def test_less_is_offered_only_where_there_is_less(renderer: Renderer, language: str):
    small = renderer.render(with_estimate("approval-request", language, minutes=30)).text
    assert len([line for line in small.split("\n") if line.startswith("- ")]) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_asked_when_a_stranger_wrote_is_answered_with_yes_or_no(renderer: Renderer, language: str):
    answers = re.findall("<li><strong>(.*?)</strong>", rendered(renderer, "adopt-request", language).html)
    assert [word.name for word in map(said, answers) if word] == [APPROVE, DECLINE]


ALONE = re.compile("<li><strong>(.*?)</strong>")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_help_names_are_understood_as_a_line_and_as_a_subject(renderer: Renderer, language: str):
    html = rendered(renderer, "help", language, what="").html
    words = [(said(unescape(word)), asked(unescape(word))) for word in ALONE.findall(html)]
    assert all(line == subject for line, subject in words)
    assert [word.name for word, _ in words if word] == [STATUS, BALANCE, CLOSE, HELP, CONTACTS]
    answers = [said(unescape(word)) for word in re.findall("<strong>([^<]*)</strong>", html)]
    assert {word.name for word in answers if word} >= {APPROVE, DECLINE}


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_what_the_reader_may_do_and_nothing_else(renderer: Renderer, language: str):
    own = words(language)["rights"]
    for rights in ((), ("open",), ("spend",), ("open", "approve"), ("manage",)):
        text = rendered(renderer, "help", language, what="", rights=rights).text
        named = {right for right in own if f"- {own[right]}\n" in f"{text}\n"}
        assert named == set(rights)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_changes_that_a_list_of_contacts_names_are_understood(renderer: Renderer, language: str):
    html = rendered(renderer, "contacts", language, what="listed", contacts=sample_contacts(language)).html
    changes = [said(unescape(line)) for line in ALONE.findall(html)[1:]]
    assert [change.name for change in changes if change] == [ADD, REMOVE]
    assert all(change and "@" in change.argument for change in changes)
    rights = [word for word in re.findall("<strong>(.*?)</strong>", html) if word in RIGHTS]
    assert [RIGHTS[word].value for word in rights] == ["open", "spend", "approve", "manage"]


def sample_contacts(language: str) -> tuple[ContactFacts, ...]:
    return sample_letter("contacts", language).notice.facts.contacts


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_news_of_contacts_is_told_in_its_own_words_and_who_has_left_gets_no_list(
    renderer: Renderer, language: str
):
    texts = [rendered(renderer, "contacts", language, what=what, reasons=()).text for what in WHAT["contacts"]]
    assert len(set(texts)) == 4
    assert all("anna@customer.example" in text for text in texts)
    gone = rendered(renderer, "contacts", language, what="removed", contacts=(), reasons=(), text="Jan <j@x.example>")
    assert "Jan <j@x.example>" in gone.text
    assert "\n- " not in gone.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_contacts_were_not_changed_is_told(renderer: Renderer, language: str):
    own = words(language)["told"]
    for code in ("answer-the-list", "list-changed", "one-change", "no-contact", "last-manager"):
        text = rendered(renderer, "contacts", language, what="not-changed", reasons=(Reason(code),)).text
        assert own[code] in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_open_tickets_are_listed_or_there_are_none(renderer: Renderer, language: str):
    listed = rendered(renderer, "status", language, what="tickets", text="")
    none = rendered(renderer, "status", language, what="tickets", text="", items=())
    assert "- ACME-1042 The invoice screen hangs." in listed.text
    assert listed.words.when(DUE, "Europe/Amsterdam") in listed.text
    assert "ACME-1042" not in none.text.partition("\n\n")[2].partition("\n---")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_tells_all_that_is_agreed_to(renderer: Renderer, language: str):
    topic, text = "a course for new colleagues", "We write a report.\nIn two parts."
    request = renderer.render(with_estimate("approval-request", language, topic=topic, text=text))
    own = request.words
    told = ("ACME-1042", topic, "> We write a report.\n> In two parts.", own.minutes(135), own.money(22500, "EUR"))
    assert all(each in request.text for each in (*told, own.when(DUE, "Europe/Amsterdam"), "Anna de Vries"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_for_time_tells_what_that_costs_at_the_base_rate(renderer: Renderer, language: str):
    request = renderer.render(with_estimate("approval-request", language, cents=None, minutes=100))
    assert request.words.money(16667, "EUR") in request.text
    assert request.words.money(10000, "EUR") in request.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_tells_what_the_contract_authorises_beside_it(renderer: Renderer, language: str):
    texts = {
        minutes: renderer.render(with_estimate("approval-request", language, minutes=60, authorised=minutes)).text
        for minutes in (0, 135, None)
    }
    own = renderer.render(letter("approval-request", language)).words.minutes(135)
    assert [own in text for text in texts.values()] == [False, True, False]
    assert len(set(texts.values())) == 3
    assert len(texts[135].split("\n\n")) == len(texts[None].split("\n\n")) == len(texts[0].split("\n\n")) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_for_prepaid_hours_names_no_price(renderer: Renderer, language: str):
    request = renderer.render(with_estimate("approval-request", language, by_card=True))
    assert "€" not in request.text
    assert request.words.minutes(450) in request.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", ["approval-request", "status"])
def test_without_prices_no_price_is_told(renderer: Renderer, notice: str, language: str):
    free = with_estimate(notice, language, "awaiting approval", cents=None, rate=0, currency="")
    assert not set("€¤") & set(renderer.render(free).text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reminder_says_that_it_is_one(renderer: Renderer, language: str):
    first = renderer.render(with_estimate("approval-request", language))
    again = renderer.render(with_estimate("approval-request", language, "reminder"))
    assert again.subject != first.subject
    assert len(again.text.split("\n\n")) == len(first.text.split("\n\n")) + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_result_of_a_request_is_told_in_its_own_words(renderer: Renderer, language: str):
    texts = {what: renderer.render(with_estimate("approval-result", language, what)).text for what in RESULTS}
    assert len(set(texts.values())) == len(RESULTS)
    assert "Anna de Vries" in texts["approved"].split("\n\n")[2]
    assert "Anna de Vries" in texts["declined"].split("\n\n")[2]
    assert words(language)["told"]["billable-without-contract"] in texts["not-counted"]
    assert all(words(language)["told"]["billable-without-contract"] not in texts[what] for what in RESULTS[:3])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(NOT_COUNTED))
def test_why_an_answer_does_not_count_is_told_in_words(renderer: Renderer, code: str, language: str):
    reason = Reason(code, "bram@customer.example" if code.startswith("already") else "")
    text = rendered(renderer, "approval-result", language, what="not-counted", reasons=(reason,)).text
    assert words(language)["told"][code].partition("{")[0] in text
    assert ("bram@customer.example" in text) == code.startswith("already")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_of_a_smaller_amount_is_understood(language: str):
    word = said(words(language)["told"]["not-understood"].rpartition(":")[2])
    assert word is not None
    assert (word.name, minutes_of(word.argument)) == (APPROVE, 30)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["not-alone", "no-answer"])
def test_the_words_that_are_to_stand_alone_are_understood(code: str, language: str):
    answers = re.findall('["«„] ?(.+?) ?["»“]', words(language)["told"][code])
    assert [word and word.name for word in map(said, answers)] == [APPROVE, DECLINE]


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_has_answered_is_told_so_themselves(renderer: Renderer, language: str):
    for what in ("approved", "declined"):
        own = renderer.render(with_estimate("approval-result", language, what, answered_by="anna@customer.example"))
        assert "Anna de Vries" not in own.text.split("\n\n")[2]
        assert "ACME-1042" in own.text.split("\n\n")[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_part_is_told_beside_all_that_was_asked(renderer: Renderer, language: str):
    part = renderer.render(with_estimate("approval-result", language, "approved", minutes=360, asked=420, worked=0))
    whole = renderer.render(with_estimate("approval-result", language, "approved", minutes=420, asked=420, worked=0))
    asked = part.words.minutes(420)
    assert part.text.count(asked) == whole.text.count(asked) == 1
    assert part.words.minutes(360) in part.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_request_tells_what_was_worked_already(renderer: Renderer, language: str):
    worked = renderer.render(with_estimate("approval-request", language, worked=45))
    assert worked.words.minutes(45) in worked.text
    assert "45 min" not in renderer.render(with_estimate("approval-request", language, worked=0)).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_outside_the_contract_tells_how_it_would_be_paid(renderer: Renderer, language: str):
    by_rate = renderer.render(letter("outside-contract", language, what="training", cards=None, currency="EUR"))
    by_card = renderer.render(letter("outside-contract", language, what="training", currency="EUR"))
    rate, balance = by_rate.words.money(10000, "EUR"), by_rate.words.minutes(450)
    assert (rate in by_rate.text, balance in by_rate.text) == (True, False)
    assert (rate in by_card.text, balance in by_card.text) == (False, True)
    assert "training" in by_rate.text


BALANCE_TOLD = [
    ("ticket-received", ""), ("duty-informed", ""), ("approval-request", ""), ("status", "resolved"),
    ("reply", "resolved"), ("closed", ""),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("notice", "what"), BALANCE_TOLD)
def test_the_balance_of_prepaid_hours_is_told(renderer: Renderer, notice: str, what: str, language: str):
    balance = renderer.render(letter(notice, language)).words.minutes(450)
    assert balance in rendered(renderer, notice, language, what=what).text
    assert balance not in rendered(renderer, notice, language, what=what, cards=None).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("notice", "what"), BALANCE_TOLD)
def test_without_any_card_the_balance_is_none_and_not_nothing(
    renderer: Renderer, notice: str, what: str, language: str
):
    none = rendered(renderer, notice, language, what=what, cards=CardUse(0, 0)).text
    untold = rendered(renderer, notice, language, what=what, cards=None).text
    assert len(none.split("\n\n")) == len(untold.split("\n\n")) + 1
    assert ": 0 " not in none


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_that_does_not_resolve_tells_no_balance(renderer: Renderer, language: str):
    whole = renderer.render(letter("reply", language, what=""))
    assert whole.words.minutes(450) not in whole.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_over_quota_the_rate_is_told_and_before_it_is_not(renderer: Renderer, language: str):
    within = renderer.render(letter("ticket-received", language))
    over = rendered(renderer, "ticket-received", language, quota=QuotaFacts(16, 15, 11500, "EUR")).text
    rate = within.words.money(11500, "EUR")
    assert (rate in within.text, rate in over) == (False, True)
    assert all(number in within.text for number in (" 14 ", "15"))
    assert all(number in over for number in (" 16 ", "15"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_statement_has_its_lines_and_comes_to_their_sum(renderer: Renderer, language: str):
    statement = sample_letter("statement", language).notice.facts.statement
    assert statement is not None
    whole = renderer.render(letter("statement", language))
    own = whole.words
    lines = [own.line(line, "EUR") for line in statement.lines]
    sums = [own.money(cents, "EUR") for cents in (statement.net, statement.vat, statement.total)]
    told = (*lines, *sums, own.month(statement.month), own.day(date(2026, 12, 15)), "21")
    assert all(each in whole.text for each in told)
    assert own.month(statement.month) in whole.subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_free_or_not_approved_is_told_apart_from_what_is_charged(renderer: Renderer, language: str):
    statement = sample_letter("statement", language).notice.facts.statement
    assert statement is not None
    free, unapproved = Share("ACME-7", date(2026, 11, 3), 15), Share("ACME-8", date(2026, 11, 4), 45)
    only = replace(statement, lines=(), free=(free,), unapproved=(unapproved,), quota=None, card=None)
    whole = renderer.render(letter("statement", language, statement=only))
    paragraphs = whole.text.split("\n\n")
    told = [at for at, text in enumerate(paragraphs) if text.startswith("- ")]
    assert [paragraphs[at].count("ACME-") for at in told] == [1, 1]
    assert whole.words.minutes(15) in paragraphs[told[0]]
    assert whole.words.minutes(45) in paragraphs[told[1]]
    assert "€" not in whole.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_in_the_customers_favour_is_not_to_be_paid(renderer: Renderer, language: str):
    statement = sample_letter("statement", language).notice.facts.statement
    assert statement is not None
    back = replace(statement, lines=tuple(line for line in statement.lines if line.correction))
    whole = renderer.render(letter("statement", language, statement=back))
    assert whole.words.day(date(2026, 12, 15)) not in whole.text
    assert whole.words.money(-3025, "EUR") in whole.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_vat_a_statement_has_one_sum(renderer: Renderer, language: str):
    statement = sample_letter("statement", language).notice.facts.statement
    assert statement is not None
    text = rendered(renderer, "statement", language, statement=replace(statement, vat_rate=Decimal(0))).text
    assert renderer.render(letter("statement", language)).words.money(93618, "EUR") in text
    assert " %" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_balance_of_nothing_says_so(renderer: Renderer, language: str):
    paragraphs = rendered(renderer, "balance", language, cards=None, quota=None).text.split("\n\n")
    assert len(paragraphs) == 4


HOSTILE = (
    "Hi\r\nBcc: victim@example.org\n\n---\n| a | b |\n|---|--:|\n- **b** <b>x</b> [a](https://x.example) {{ 7 * 7 }}"
)


@pytest.mark.parametrize("notice", NOTICES)
def test_what_a_sender_writes_is_never_markup_of_a_notice(renderer: Renderer, notice: str):
    """The same elements, as many of each, as for a text of which nothing could be taken for markup."""
    hostile = renderer.render(sample_letter(notice, "en", text=HOSTILE, name=HOSTILE)).html
    harmless = renderer.render(sample_letter(notice, "en", text="a\nb", name="a\nb")).html
    shapes = [Counter(tag for tag in re.findall(r"<(\w+)", html) if tag != "br") for html in (hostile, harmless)]
    assert shapes[0] == shapes[1]
    assert hostile.count("{{ 7 * 7 }}") == hostile.count("Bcc: ")


@pytest.mark.parametrize("notice", NOTICES)
def test_what_a_sender_writes_never_changes_the_fields_of_a_mail(notice: str):
    composer = Composer((FOLDER,), "en")
    hostile = composer.compose(sample_letter(notice, "en", text=HOSTILE, name=HOSTILE))
    harmless = composer.compose(sample_letter(notice, "en"))
    assert message_from_bytes(hostile).keys() == message_from_bytes(harmless).keys()
