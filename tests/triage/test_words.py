"""The words of customers: alone on a line they mean something, in a sentence nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.triage.words import (
    ADD,
    APPROVE,
    BALANCE,
    CLOSE,
    CONTACTS,
    DECLINE,
    HELP,
    REMOVE,
    ROWS,
    STATUS,
    Word,
    after_word,
    asked,
    begins,
    is_only_signed,
    said,
)

WRITTEN = [(written, row.name) for row in ROWS for written in sorted(row.written)]


@pytest.mark.parametrize(("written", "name"), WRITTEN)
def test_every_word_counts_whatever_its_case_and_final_punctuation(written: str, name: str) -> None:
    for line in (written, written.upper(), f"{written.capitalize()}.", f"{written}!", f"  {written} …", f"\t{written}"):
        assert said(line) == Word(name)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("akkoord", APPROVE),
        ("ja", APPROVE),
        ("godkendt", APPROVE),
        ("ok", APPROVE),
        ("d'accord", APPROVE),
        ("einverstanden", APPROVE),
        ("approve", APPROVE),
        ("nee", DECLINE),
        ("decline", DECLINE),
        ("balance", BALANCE),
        ("saldo", BALANCE),
        ("close", CLOSE),
        ("sluiten", CLOSE),
        ("luk", CLOSE),
        ("clôturer", CLOSE),
        ("schließen", CLOSE),
        ("SCHLIESSEN", CLOSE),
        ("cl\u006f\u0302turer", CLOSE),
        ("status", STATUS),
        ("statut", STATUS),
        ("help", HELP),
        ("hjælp", HELP),
        ("aide", HELP),
        ("Hilfe", HELP),
        ("contacts", CONTACTS),
        ("contactpersonen", CONTACTS),
        ("kontakter", CONTACTS),
        ("Kontaktpersoner", CONTACTS),
        ("Kontaktpersonen", CONTACTS),
        ("Ansprechpartner", CONTACTS),
    ],
)
def test_the_words_that_are_promised_are_known(word: str, name: str) -> None:
    assert said(word) == Word(name)


def test_no_word_means_two_things() -> None:
    assert len({written for written, _ in WRITTEN}) == len(WRITTEN)


@pytest.mark.parametrize(
    "line",
    [
        "",
        " \n\t\n",
        "...",
        "I approve",
        "That is ok",
        "not ok",
        "oké?",
        "ok?",
        "yes, but not before Monday",
        "nee bedankt",
        "no problem",
        "no, we approve",
        "> akkoord",
        "> ok",
        '"ok"',
        "approved2h",
        "yesterday",
        "nonsense",
        "saldo graag",
        "/approve",
        "approve " + "x" * 60,
    ],
)
def test_what_is_not_the_word_alone_means_nothing(line: str) -> None:
    assert said(line) is None


@pytest.mark.parametrize("before", ["", "\n\n", " \n", "\u200b\n", "\u00a0\n", "\ufeff"])
def test_blank_lines_before_the_word_do_not_matter(before: str) -> None:
    assert said(f"{before}Akkoord.\nPlease begin tomorrow.") == Word(APPROVE)
    assert after_word(f"{before}Akkoord.\n\nPlease begin\ntomorrow.\n") == "Please begin\ntomorrow."


def test_only_the_first_line_counts() -> None:
    assert said("Thank you.\nakkoord") is None
    assert said("nee\nakkoord") == Word(DECLINE)


@pytest.mark.parametrize("blank", ["\u00a0", "\t", "  ", "\u202f"])
def test_blanks_that_mail_programs_put_in_make_no_difference(blank: str) -> None:
    assert said(f"{blank}approve{blank}2h{blank}") == Word(APPROVE, "2h")
    assert said(f"niet{blank}akkoord") == Word(DECLINE)


def test_an_apostrophe_may_be_a_curly_one() -> None:
    assert said("D\u2019accord !") == Word(APPROVE)
    assert said("Pas d\u2019accord") == Word(DECLINE)


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        ("approve 2h", "2h"),
        ("Approve 2 h.", "2 h"),
        ("akkoord 1,5 uur!", "1,5 uur"),
        ("godkendt 2 timer", "2 timer"),
        ("OK €240", "€240"),
        ("ok DKK 100", "DKK 100"),
        ("ok 100 kr.", "100 kr"),
        ("approve 2", "2"),
        ("approve -1h", "-1h"),
        ("approve 1h30 or so", "1h30 or so"),
    ],
)
def test_behind_an_approval_its_amount_may_stand(line: str, amount: str) -> None:
    assert said(line) == Word(APPROVE, amount)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("Add Jan Jansen <Jan@x.example> open,spend", Word(ADD, "Jan Jansen <Jan@x.example> open,spend")),
        ("tilføj Jan <jan@x.example>.", Word(ADD, "Jan <jan@x.example>")),
        ("remove jan@x.example", Word(REMOVE, "jan@x.example")),
        ("ENTFERNEN jan@x.example!", Word(REMOVE, "jan@x.example")),
        ("add " + "x" * 200, Word(ADD, "x" * 200)),
        ("add", Word(ADD)),
        ("Voeg toe Jan <jan@x.example> openen", Word(ADD, "Jan <jan@x.example> openen")),
        ("Füge hinzu Jan <jan@x.example>", Word(ADD, "Jan <jan@x.example>")),
        ("Ajoutez Jan <jan@x.example>", Word(ADD, "Jan <jan@x.example>")),
        ("Verwijder jan@x.example", Word(REMOVE, "jan@x.example")),
        ("Supprime jan@x.example", Word(REMOVE, "jan@x.example")),
        ("Entferne jan@x.example.", Word(REMOVE, "jan@x.example")),
    ],
)
def test_behind_a_change_of_contacts_stands_who_is_meant_as_it_was_written(line: str, word: Word) -> None:
    assert said(line) == asked(line) == word


@pytest.mark.parametrize(
    "line",
    [
        *("additional paper", "added Jan <jan@x.example>", "add " + "x" * 300),
        *(
            "Verwijder het virus van mijn laptop",
            "Ajoutez une imprimante",
            "Voeg toe: een printer",
            "voeg jan@x.example",
        ),
    ],
)
def test_another_word_or_a_line_without_end_changes_no_contacts(line: str) -> None:
    assert said(line) is None


@pytest.mark.parametrize(
    ("text", "signed"),
    [
        ("", True),
        (" \n\n", True),
        ("Groet, Anna", True),
        ("Met vriendelijke groet,\n\nAnna de Vries\nBakkerij de Vries", True),
        ("Viele Grüße\nHeike", True),
        ("Anna", False),
        ("Thanks, but it broke again", False),
        ("Regards to the boss: it broke", False),
        ("groet\n" + "x " * 50, False),
    ],
)
def test_a_greeting_with_a_name_says_nothing(text: str, signed: bool) -> None:
    assert is_only_signed(text) is signed


@pytest.mark.parametrize("line", ["nee 2h", "decline 2h", "saldo 2h", "niet akkoord 2h", "close HD-1001", "help me"])
def test_behind_other_words_nothing_may_stand(line: str) -> None:
    assert said(line) is None


@pytest.mark.parametrize("line", ["ja graag", "ok then", "akkoord met 2 uur", "approve: 2h", "ja, 2 uur", "ok :-)"])
def test_what_is_no_amount_is_not_read_as_one(line: str) -> None:
    assert said(line) is None


@pytest.mark.parametrize(
    "line",
    ["akkoord", "nee", "ok 2h", "Akkoord, graag vanmiddag.", "Nee, te duur.", "ja graag", "OK?", "niet akkoord met"],
)
def test_a_line_that_begins_with_an_answer_is_known_for_one(line: str) -> None:
    assert begins(line)
    assert begins(f"\n{line}\nGroet, Anna")


@pytest.mark.parametrize("line", ["", "yesterday", "nonsense", "I agree", "saldo", "> ja", "Jan belt u."])
def test_a_line_that_begins_with_another_word_is_none(line: str) -> None:
    assert not begins(line)


def test_nothing_stands_below_a_word_that_is_all() -> None:
    assert after_word("ok") == after_word("ok\n\n \n") == after_word("") == ""


@pytest.mark.parametrize("subject", ["Saldo", "saldo", "BALANCE", "Guthaben.", " solde "])
def test_the_balance_can_be_asked_for_by_the_subject(subject: str) -> None:
    assert asked(subject) == Word(BALANCE)


@pytest.mark.parametrize("subject", ["", "Re: saldo", "My balance", "ok", "akkoord", "Ja", "nee", "decline"])
def test_no_subject_agrees_to_anything(subject: str) -> None:
    assert asked(subject) is None


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    word = said(text)
    assert word is None or word.name in {row.name for row in ROWS}
    is_only_signed(text)
    assert all(line in text for line in after_word(text).split("\n"))
    asked(text)


@given(st.text(), st.sampled_from(["ok", "nee", "saldo"]))
def test_a_word_inside_a_line_of_other_words_means_nothing(text: str, word: str) -> None:
    line = " ".join(("dear", *text.split(), word))
    assert said(line) is None


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("Anna", True),
        ("Anna de Vries", True),
        ("Thanks,\n\nAnna", True),
        ("Bedankt!\nMet vriendelijke groet,\nAnna de Vries\nBakkerij", True),
        ("Anna is ill", False),
        ("Bram", False),
        ("Thanks, but the till hangs again", False),
        ("Thanks\nThe till hangs again", False),
    ],
)
def test_thanks_and_the_writers_own_name_say_nothing(text: str, nothing: bool) -> None:
    assert is_only_signed(text, "Anna de Vries") is nothing
