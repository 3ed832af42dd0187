"""What is new in a reply: nothing that somebody else wrote, and everything that the sender did."""

import json
import re
import runpy
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.triage.quoting import MARKER_END, MARKER_TOKEN, MOST_LINES, new_text, split

TEMPLATES = Path(__file__).parents[2] / "templates"
MARKER = f"{MARKER_TOKEN} Antwoord boven deze regel {MARKER_END}"

HEADER_BLOCKS = [
    "Van: Helpdesk <support@desk.example>\nVerzonden: maandag 23 maart 2026 10:11\nAan: Jan\nOnderwerp: Printer",
    "Fra: Helpdesk\nSendt: 23. marts 2026 10:11\nTil: Jens\nEmne: Printer",
    "From: Helpdesk <support@desk.example>\nSent: Monday, March 23, 2026 10:11 AM\nTo: Jan\nSubject: RE: Printer",
    "*From:* Helpdesk\n*Sent:* Monday\n*To:* Jan\n*Subject:* Printer",
    "De : Helpdesk <support@desk.example>\nEnvoyé : lundi 23 mars 2026 10:11\nÀ : Jean\nObjet : Imprimante",
    "Von: Helpdesk\nGesendet: Montag, 23. März 2026 10:11\nAn: Jan\nCc: Eva\nBetreff: Drucker",
    "Från: Helpdesk\nSkickat: den 23 mars 2026 10:11\nTill: Jan\nÄmne: Skrivare",
    "De: Helpdesk\nEnviado el: lunes, 23 de marzo de 2026\nPara: Juan\nAsunto: Impresora",
    "Da: Helpdesk\nInviato: lunedì 23 marzo 2026\nA: Gianni\nOggetto: Stampante",
    "De: Helpdesk\nEnviada em: segunda-feira\nPara: João\nAssunto: Impressora",
    "Od: Helpdesk\nWysłano: poniedziałek\nDo: Jan\nTemat: Drukarka",
    "От: Helpdesk\nОтправлено: 23 марта 2026 г.\nКому: Иван\nТема: Принтер",
    "________________________________\nVan: Helpdesk\nVerzonden: maandag\nAan: Jan\n  Mol\nOnderwerp: X",
    "De\u00a0: Helpdesk <support@desk.example>\nDate\u00a0: hier\nPour\u00a0: Jean\nCopie à\u00a0: Luc\nSujet\u00a0: X",
    "Von: Helpdesk <support@desk.example>\nGesendet: heute\nAn: Jan\nWichtigkeit: Hoch\nAnlagen: a.pdf\nBetreff: X",
    "Fra: Helpdesk <support@desk.example>\nSendt: i dag\nTil: Jens <jens@x.example>;\n Eva <eva@x.example>\nEmne: X",
    "From: Helpdesk\nSent: \u200eMonday\u200e, \u200e23\u200e \u200eMarch\u200e \u200e10\u200e:\u200e11\nTo: Jan",
    "\ufeffVan: Helpdesk <support@desk.example>\nVerzonden: maandag\nAan: Jan\nOnderwerp: X",
    "-----Original Message-----\nFrom: Helpdesk",
    "-----Oorspronkelijk bericht-----\n\nVan: Helpdesk",
    "-----Ursprüngliche Nachricht-----",
    "-------- Oprindelig besked --------",
    "-------- Message d'origine --------",
]


@pytest.mark.parametrize("block", HEADER_BLOCKS)
def test_a_copied_header_block_ends_the_new_text(block: str) -> None:
    found = split(f"Het is nummer 12.\n\n{block}\n\nKunt u het nummer geven?\n")
    assert found.new == "Het is nummer 12."
    assert found.forwarded.endswith("Kunt u het nummer geven?")


@pytest.mark.parametrize(
    "sentence",
    [
        "On your remote host you can run:",
        "On this day\n\nI wrote something\n\nwhich was interesting.",
        "Op 3 maart viel de stroom uit:",
        "See you at 10:30, or write to jan@x.example:",
        "The log of 2026-03-23 10:11 says:",
        "At 10:30 it sent a mail to jan@x.example:",
        "On 2026-03-23 at 10:11 the server sent 20 mails:",
        "The program sent 20 mails on 2026-03-23",
        "From: building A\nTo: building B",
        "Van: Amsterdam\nAan: Utrecht\nDatum: 23 november 2026",
        "Von: Hamburg\nAn: Berlin\nDatum: 23. November",
        "Aan: magazijn@bakery.example\nOnderwerp: levering",
        "----- Oorspronkelijke offerte -----",
        "--- Original figures ---",
        "-- Doorgestuurd naar Piet --",
        "Datum: 3 mei\nOnderwerp: printer kapot\nDe printer staat in kamer 3.",
        "----- totals -----",
        "Sent from my desk, is much easier than my mobile phone.",
        "Sent via courier this morning, it has not come.",
        "We sent it from the phone. It never came.",
        "a > b\nb > c",
    ],
)
def test_words_of_the_sender_that_look_alike_stay(sentence: str) -> None:
    text = f"Beste Anna,\n\n{sentence}\n\nGroet, Jan"
    assert new_text(text) == text


def test_answers_between_quotes_keep_the_questions() -> None:
    text = (
        "On 23/03/2026 10:11, Anna wrote:\n> Hi Jan,\n>\n> Which printer?\n\nNumber 12.\n\n"
        "> Which floor?\n\nThe third.\n\n> Regards, Anna\n"
    )
    found = split(text)
    assert found.new == "> Hi Jan,\n>\n> Which printer?\n\nNumber 12.\n\n> Which floor?\n\nThe third."
    assert found.own.split("\n\n\n") == ["Number 12.", "The third."]


def test_a_line_that_lost_its_mark_in_wrapping_is_no_answer() -> None:
    attribution = "On 23/03/2026 10:11, Anna wrote:\n"
    long = "> Please look at the page of the printer and tell us the long number that is\n"
    assert new_text(f"Done.\n\n{attribution}{long}there\n> on the back\n") == "Done."
    short = "> Which printer?\nnumber 12\n> Which floor?\n"
    assert new_text(f"{attribution}{short}third\n") == "> Which printer?\nnumber 12\n> Which floor?\nthird"


def test_a_quote_that_nobody_attributes_stays_if_it_opens_the_mail() -> None:
    assert new_text("> Which printer?\n\nNumber 12.") == "> Which printer?\n\nNumber 12."
    assert new_text("> Which printer?") == "> Which printer?"
    assert new_text("Number 12.\n\n> Which printer?") == "Number 12."


def test_apple_mail_puts_the_attribution_inside_of_the_quote() -> None:
    assert new_text("Hello\n> On 22 Aug 2026, at 19:21, Anna <anna@desk.example> wrote:\n>\n> Hi\n") == "Hello"
    assert new_text("> On 22 Aug 2026, at 19:21, Anna <anna@desk.example> wrote:\n>\n> Hi\n") == ""


def test_below_our_marker_nothing_is_new() -> None:
    assert new_text(f"Nummer 12.\n\n{MARKER}\n\nUw vraag is ontvangen.\n") == "Nummer 12."
    assert new_text(f"{MARKER}\n/close\nUw vraag is ontvangen.") == ""
    assert new_text(f"Nummer 12.\n\nOp 23-03-2026 schreef Helpdesk:\n\n*{MARKER}*\nUw vraag.") == "Nummer 12."


@pytest.mark.parametrize("language", ["nl", "da", "en", "fr", "de"])
@pytest.mark.parametrize("frame", ["{}", "*{}*", "  {}  ", "| {} |", "> {}", "> > *{}*"])
def test_the_marker_of_every_language_is_known_in_whatever_a_client_makes_of_it(language: str, frame: str) -> None:
    words = tomllib.loads((TEMPLATES / language / "words.toml").read_text("utf-8"))
    marker = words["lines"]["marker"]
    assert new_text(f"Number 12.\n\n{frame.format(marker)}\n") == "Number 12."
    broken = frame.format(marker.replace(" ", "\n> " if ">" in frame else "\n", 1))
    assert new_text(f"Number 12.\n\n{broken}\n") == "Number 12."


@pytest.mark.parametrize(
    "mention",
    [
        f"What does {MARKER} mean?",
        f"Each mail begins with {MARKER}",
        f'"{MARKER}" stands in each mail.',
        f"{MARKER} stands in each mail.",
        f"{MARKER_TOKEN} and\n{MARKER_END} are odd marks.",
        f"Is {MARKER_TOKEN} a mark?",
    ],
)
def test_a_sentence_that_mentions_the_marker_stays_with_all_below_it(mention: str) -> None:
    text = f"Hello,\n\n{mention}\n\nRegards, Jan"
    assert new_text(text) == text


def test_an_answer_below_our_quoted_marker_is_new() -> None:
    assert new_text(f"> {MARKER}\n> Uw vraag is ontvangen.\n\nNummer 12.") == "Nummer 12."
    assert new_text("> Uw vraag is ontvangen ##.\n\nNummer 12.") == "> Uw vraag is ontvangen ##.\n\nNummer 12."


FORWARD = "From: Eva <eva@acme.example>\nSubject: Printer\n\nDe printer is stuk."


@pytest.mark.parametrize(
    "title",
    [
        "---------- Forwarded message ---------",
        "-------- Doorgestuurd bericht --------",
        "-------- Videresendt besked --------",
        "-------- Weitergeleitete Nachricht --------",
        "-------- Message transféré --------",
        "-------- Vidarebefordrat meddelande --------",
        "Begin forwarded message:\n",
        "Begin doorgestuurd bericht:\n",
        "Début du message réexpédié :\n",
    ],
)
def test_a_forwarded_part_is_not_new_and_is_kept_apart(title: str) -> None:
    found = split(f"Kijk eens.\n\n{title}\n{FORWARD}\n")
    assert found.new == "Kijk eens."
    assert found.forwarded == f"{title}\n{FORWARD}"


def test_a_forward_in_quote_marks_is_told_without_them() -> None:
    quoted = "\n".join(f"> {line}" for line in FORWARD.splitlines())
    assert FORWARD in split(f"Kijk eens.\n\nBegin forwarded message:\n\n{quoted}\n").forwarded


def test_a_mail_that_is_only_a_forward_is_new_to_people_but_nobodys_command() -> None:
    found = split(
        "---------- Forwarded message ----------\nFrom: Eva <eva@acme.example>\n\n/close\nDe printer is stuk."
    )
    assert found.new == "/close\nDe printer is stuk."
    assert found.own == ""


def test_an_answer_below_an_attribution_without_quote_marks_is_kept() -> None:
    found = split("On 8 May 2026 17:34, Anna <anna@desk.example> wrote:\n\nIt should be two.")
    assert found.new == "It should be two."
    assert found.own == ""


def test_blank_lines_above_an_attribution_make_what_is_below_nobodys_command_either() -> None:
    found = split("\n \nOn 8 May 2026 17:34, Anna <anna@desk.example> wrote:\n\n/close\nPlease.")
    assert found.new == "/close\nPlease."
    assert found.own == ""


def test_rules_at_the_end_go_and_a_smile_stays() -> None:
    assert new_text("Nummer 12.\n\n________________\n\n ------- \n") == "Nummer 12."
    assert new_text("Dank!\n\n:-)") == "Dank!\n\n:-)"
    assert new_text("A\n-----\nB") == "A\n-----\nB"


@pytest.mark.parametrize("hidden", ["\ufeff", "\u200b", "\u2060", "\u200e", "\u202a"])
def test_characters_that_nobody_sees_hide_nothing(hidden: str) -> None:
    attribution = f"Op 23-03-2026 om 10:11 schreef {hidden}Anna <{hidden}anna@desk.example{hidden}>:"
    assert new_text(f"Nummer 12.\n{hidden}\n{hidden}{attribution}\n{hidden}\n{hidden}> Welke?\n") == "Nummer 12."
    assert new_text(f"Nummer 12.\n\n{hidden}Verstuurd vanaf mijn iPhone{hidden}\n{hidden}\n") == "Nummer 12."
    assert new_text(f"Nummer 12.\n{hidden}##-{hidden} Antwoord -##\nUw vraag") == "Nummer 12."


def test_a_forward_keeps_the_quote_marks_that_it_had_itself() -> None:
    found = split(
        "Kijk.\n\n> Begin forwarded message:\n>\n> From: Eva <eva@acme.example>\n>\n> > Is hij aan?\n>> Of uit?\n> Ja."
    )
    assert found.forwarded.endswith("\n> Is hij aan?\n> Of uit?\nJa.")


def test_white_space_inside_of_the_new_text_stays() -> None:
    assert new_text("\r\n  - een\r\n\r\n    - twee\r\n\r\n") == "  - een\n\n    - twee"


FRAGMENTS = st.sampled_from(
    [
        "On Mon, Mar 23, 2026 at 10:11 AM", "Anna <anna@x.example> wrote:", "wrote:", "> wrote:", "Op 3", "schreef u:",
        "> quoted", ">> more", ">", "", " ", "-- ", "--", "_____", "From: a@b.example", "To: b", "Subject: c", "text",
        "Sent from my iPhone", MARKER, f"> {MARKER}", "-----Original Message-----", "Begin forwarded message:", "<",
        "\u2028", "\ufeff", "\u200e> quoted",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(st.one_of(FRAGMENTS, st.text(max_size=12)), max_size=14).map("\n".join))


HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


@given(TEXTS)
def test_every_line_that_comes_out_went_in_and_in_that_order(text: str) -> None:
    lines = iter(HIDDEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    found = split(text)
    assert not found.new or all(line in lines for line in found.new.split("\n"))


@given(TEXTS)
def test_what_may_be_a_command_is_never_quoted_and_always_part_of_what_is_new(text: str) -> None:
    found = split(text)
    new = iter(found.new.split("\n"))
    assert all(line in new for line in found.own.split("\n") if line.strip())
    assert not any(line.lstrip().startswith(">") for line in found.own.split("\n"))


@given(st.lists(st.text(alphabet="abc \n", max_size=30)).map("".join))
def test_plain_words_come_out_as_they_went_in(text: str) -> None:
    assert new_text(text).split() == text.split()


@pytest.mark.parametrize(
    "pattern",
    [
        "On On On ",
        "\n",
        "\t",
        "-",
        ">",
        "> x\na\n",
        "On 2026-01-01 10:00 a\n",
        "Date: x\nTo: a@b\n\n",
        "\u200b",
        "Am 3. Mai 2026 um 10:00 schrieb\n",
        "> From: a@b\n> ",
        "<a@b\n",
        "--\n",
    ],
)
def test_a_hostile_text_of_200_kilobytes_is_read_like_any_other(pattern: str) -> None:
    text = pattern * (200_000 // len(pattern))
    assert len(new_text(text)) <= len(text)


CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora"


@pytest.mark.skipif(not (CORPUS / "reply.jsonl").exists(), reason="the corpus of replies is not on this machine")
def test_of_the_replies_of_other_projects_at_least_92_of_100_come_out_right() -> None:
    score = runpy.run_path(str(CORPUS / "score.py"))
    rows = [json.loads(row) for row in (CORPUS / "reply.jsonl").read_text("utf-8").splitlines()]
    right = [score["check_reply"](row, {"new_text": new_text(row["text"])})["reply"] for row in rows if "text" in row]
    assert sum(right) / len(right) >= 0.92


def test_of_an_endless_text_the_end_is_kept_as_it_is():
    found = split("/take\n" + "> x\na\n" * MOST_LINES)
    assert found.own.startswith("/take\na\na\n")
    assert found.new.endswith("> x\na")
