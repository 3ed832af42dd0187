"""The shipped templates: every notice in every language, complete, and right for what the desk really sends."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from helpdeskd.domain.notice import Facts, Letter
from helpdeskd.domain.ticket import Reason, Status
from helpdeskd.mail.compose import Composer
from helpdeskd.mail.render import Rendered, Renderer
from helpdeskd.mail.sample import TO_AGENTS, sample_letter
from helpdeskd.triage.quoting import split

LANGUAGES = ("nl", "da", "en", "fr", "de")
NOTICES = (
    "ticket-received", "reply", "status", "refused", "duty-informed", "duty-taken", "duty-page", "duty-released",
    "agent-new", "agent-update", "agent-transcript", "agent-error", "held-digest", "target-warning", "closed",
)  # fmt: skip
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
    empty = Facts(desk, facts.at, facts.ticket, what=facts.what, text=facts.text, items=facts.items)
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
    partials = {"_closing.md.j2", "_head.md.j2", "_commands.md.j2", "_left_out.md.j2"}
    assert files == {f"{notice}.md.j2" for notice in NOTICES} | partials | {"words.toml"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_words_in_the_same_order(language: str):
    assert [(group, list(texts)) for group, texts in words(language).items()] == [
        (group, list(texts)) for group, texts in words("en").items()
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_detail_is_told_where_the_other_languages_tell_it(language: str):
    for group in ("reasons", "told"):
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
    assert status.value not in {"awaiting approval", "merged"} or words(language)["statuses"][status.value] in text


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
