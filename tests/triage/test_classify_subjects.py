"""Subjects of vacation programs, and subjects of people that only look like them."""

import pytest

from helpdeskd.domain.message import Message, Nature
from helpdeskd.triage.classify import Own, classify


def nature(subject: str) -> Nature:
    return classify(Message(subject=subject), None, Own())[0]


@pytest.mark.parametrize(
    "subject",
    """\
Automatic reply: Printer
Auto: printer
AutoReply: printer
[Auto-Reply] Printer
Out of Office
Out of the office: back on Monday
Out of Office Re: printer
I am out of office until Monday
Automatisch antwoord: printer
Afwezig: printer
Afwezigheidsbericht
Automatische Antwort: Drucker
Abwesenheitsnotiz
Autosvar: Printer
Automatisk svar: Printer
Automatiskt svar: Skrivare
Réponse automatique : Imprimante
Respuesta automática: Impresora
Risposta automatica: Stampante
Resposta automática: Impressora
Odpowiedź automatyczna: Drukarka
Автоматический ответ: принтер
Automaattinen vastaus: tulostin
自動返信: プリンター""".splitlines(),
)
def test_subjects_of_vacation_programs_are_automatic(subject: str) -> None:
    assert nature(subject) is Nature.AUTOMATIC


@pytest.mark.parametrize(
    "subject",
    """\
Re: Out of Office
Out of office printer is broken
Our automatic reply does not work
Auto parked before the door
Automatic door is stuck
Afwezige collega kan niet inloggen
Vacation days cannot be booked
Absences report is empty
Autosave does not work""".splitlines(),
)
def test_subjects_that_look_like_those_are_a_persons(subject: str) -> None:
    assert nature(subject) is Nature.PERSON
