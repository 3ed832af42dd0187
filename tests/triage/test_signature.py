"""Signatures and the lines of mobile programs are no part of what is new."""

import pytest

from helpdeskd.triage.quoting import new_text


def test_a_signature_goes_and_a_long_text_below_hyphens_stays() -> None:
    assert new_text("Nummer 12.\n-- \nJan\nTel. 123") == "Nummer 12."
    assert new_text("Nummer 12.\n\n—\nJan") == "Nummer 12."
    listing = "\n".join(f"regel {number}" for number in range(25))
    assert new_text(f"Nummer 12.\n--\n{listing}") == "Nummer 12."
    assert new_text(f"Nummer 12.\n--\n{listing}\nregel 26") == f"Nummer 12.\n--\n{listing}\nregel 26"
    assert new_text("Nummer 12.\n-- Jan") == "Nummer 12.\n-- Jan"


@pytest.mark.parametrize("delimiter", ["-- ", "--", "--\u00a0", "  -- ", "\\-- ", "\\--", "\u200b-- "])
def test_the_delimiter_is_known_as_programs_change_it(delimiter: str) -> None:
    assert new_text(f"Nummer 12.\n\n{delimiter}\nJan\nTel. 123") == "Nummer 12."


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Verzonden vanaf mijn iPhone",
        "Verstuurd vanaf mijn Samsung Galaxy-smartphone.",
        "Sendt fra min iPad",
        "Skickat från min iPhone",
        "Envoyé de mon iPhone",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Enviado do meu iPhone",
        "Wysłane z iPhone'a",
        "Отправлено с iPhone",
        "Sent from Outlook for Android<https://aka.ms/x>",
        "Get Outlook for iOS<https://aka.ms/x>",
        "Outlook voor Android downloaden",
        "(Sent from a phone)",
        "Sent from my cell, please excuse any typos.",
        "從我的 iPhone 傳送",
        "iPhoneから送信",
    ],
)
def test_a_line_that_a_mobile_program_adds_goes(line: str) -> None:
    assert new_text(f"Nummer 12.\n\n{line}\n") == "Nummer 12."
    assert new_text(f"{line}\nNummer 12.") == f"{line}\nNummer 12."


@pytest.mark.parametrize(
    "answer",
    [
        "Outlook voor iOS",
        "Outlook for Android",
        "Get Outlook for iOS first, then call me",
        "Verzonden per mail.",
        "Sent by e-mail",
        "Sent to your phone",
        "Verstuurd naar uw mail",
        "Sendt til din telefon",
        "Envoyé par mail",
        "Gesendet an Ihre E-Mail",
        "Verzonden via mail",
    ],
)
def test_an_answer_that_names_a_program_or_a_way_is_an_answer(answer: str) -> None:
    assert new_text(answer) == answer
    assert new_text(f"Hallo,\n\n{answer}") == f"Hallo,\n\n{answer}"
