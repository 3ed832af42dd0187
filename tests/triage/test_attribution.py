"""Attribution lines of many mail programs and languages, and sentences that only look like them."""

from textwrap import wrap

import pytest

from helpdeskd.triage.quoting import new_text
from tests.triage.client_formats import LANGUAGES, phrases

QUOTE = "> Kunt u het nummer van de printer geven?\n> Groet, Anna\n"

ATTRIBUTIONS = [
    "Op ma 23 mrt 2026 om 10:11 schreef Helpdesk <support@desk.example>:",
    "Op 23-03-2026 om 10:11 schreef Anna via Helpdesk:",
    "Op 23 mrt. 2026, om 10:11 heeft Anna de Boer <anna@desk.example> het volgende geschreven:",
    "Op 23 mrt. 2026 om 10:11 heeft Anna de Boer <anna@desk.example> het\nvolgende geschreven:",
    "Den man. 23. mar. 2026 kl. 10.11 skrev Helpdesk <support@desk.example>:",
    "Den 23. mar. 2026 kl. 10.11 skrev Anna <anna@desk.example>:",
    "man. 23. mars 2026 kl. 10:11 skrev Anna <anna@desk.example>:",
    "On Mon, Mar 23, 2026 at 10:11 AM Helpdesk <support@desk.example> wrote:",
    "On Mon, Mar 23 at 10:11 AM, Helpdesk <support@desk.example> wrote:",
    "On 23/03/2026 10:11, Anna via Helpdesk wrote:",
    "On Monday, March 23, 2026 at 10:11:15 AM GMT+1, Anna <anna@desk.example>\nwrote:",
    "On Mon, Mar 23, 2026 at 10:11 AM Helpdesk of a Very Long Company Name <\nsupport@desk.example\n> wrote:",
    "Le lun. 23 mars 2026 à 10:11, Helpdesk <support@desk.example> a écrit :",
    "Le 23/03/2026 à 10:11, Anna via Helpdesk a écrit\u00a0:",
    "Am Mo., 23. März 2026 um 10:11 Uhr schrieb Helpdesk <support@desk.example>:",
    "Am 23.03.26 um 10:11 schrieb Anna via Helpdesk:",
    "Helpdesk <support@desk.example> schrieb am Mo., 23. März 2026,\n10:11:",
    "Den mån 23 mars 2026 kl 10:11 skrev Helpdesk <support@desk.example>:",
    "23 mars 2026 kl. 10:11 skrev Anna <anna@desk.example>:",
    "El lun, 23 mar 2026 a las 10:11, Helpdesk (<support@desk.example>) escribió:",
    "Il giorno lun 23 mar 2026 alle ore 10:11 Helpdesk <support@desk.example> ha scritto:",
    "Em seg., 23 de mar. de 2026 às 10:11, Helpdesk <support@desk.example> escreveu:",
    "pon., 23 mar 2026 o 10:11 Helpdesk <support@desk.example> napisał(a):",
    "W dniu 23.03.2026 o 10:11, Anna via Helpdesk pisze:",
    "пн, 23 мар. 2026 г. в 10:11, Helpdesk <support@desk.example>:",
    "23.03.2026 10:11, Anna пишет:",
    "po 23. 3. 2026 v 10:11 odesílatel Helpdesk <support@desk.example> napsal:",
    "ma 23. maalisk. 2026 klo 10.11 Helpdesk (support@desk.example) kirjoitti:",
    "Helpdesk <support@desk.example>, 23 Mar 2026 Pzt, 10:11 tarihinde şunu yazdı:",
    "Helpdesk <support@desk.example> ezt írta (időpont: 2026. márc. 23., H, 10:11):",
    "пн, 23 бер. 2026 р. о 10:11 Helpdesk <support@desk.example> пише:",
    "2026年3月23日(月) 10:11 Helpdesk <support@desk.example>:",
    "Helpdesk <support@desk.example> 于2026年3月23日周一 10:11写道：",
    "2026-03-23 10:11 GMT+01:00 Helpdesk <support@desk.example>:",
    "---- On Mon, 23 Mar 2026 10:11:12 +0100 Helpdesk <support@desk.example> wrote ----",
]

FORMS = [form for language in LANGUAGES for forms in phrases(language)["attribution"].values() for form in forms]
NAMES = [
    "Helpdesk",
    "Jansen, P. (Piet) via Helpdesk",
    "Jean-Luc d'Été via IT-Support",
    "Administratie en Boekhouding van de Bakkerij (afdeling Noord) via Helpdesk",
    "Helpdesk: Noord",
    "Han de Vries",
    "I. Jansen",
    "Helpdesk | 24/7 [noreply]",
    "support@desk.example",
    '"Jansen, Piet"',
]


def broken(line: str, width: int) -> str:
    """A line as programs break it: at its blanks, and behind the bracket of the address."""
    pieces = wrap(line.replace("<", "<\x00 "), width, break_long_words=False)
    return "\n".join(pieces).replace("<\x00 ", "<").replace("\x00", "")


def cannot_be_told(form: str, attribution: str) -> bool:
    """A name with a colon at the end of a line; a name on a line of its own, above all that could tell what it is."""
    first = attribution.partition("\n")[0]
    return "Helpdesk:\n" in attribution or (form.startswith("{name}") and "<" not in first)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("width", [62, 72, 78, 400])
def test_whoever_it_names_and_wherever_it_is_broken_an_attribution_goes(form: str, width: int) -> None:
    for name in NAMES:
        attribution = broken(form.format(name=name, address="support@desk.example"), width)
        if not cannot_be_told(form, attribution):
            assert new_text(f"Het is nummer 12.\n\n{attribution}\n\n{QUOTE}") == "Het is nummer 12."
            assert new_text(f"{attribution}\n{QUOTE}\nHet is nummer 12.") == "Het is nummer 12."


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_attribution_goes_with_the_quote_below_it(attribution: str) -> None:
    assert new_text(f"Het is nummer 12.\n\n{attribution}\n\n{QUOTE}") == "Het is nummer 12."


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_attribution_ends_the_new_text_where_the_quote_has_no_marks(attribution: str) -> None:
    assert new_text(f"Het is nummer 12.\n\n{attribution}\n\nKunt u het nummer geven?\n") == "Het is nummer 12."


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_answer_below_the_quote_is_what_is_new(attribution: str) -> None:
    assert new_text(f"{attribution}\n{QUOTE}\nHet is nummer 12.") == "Het is nummer 12."


def test_a_line_above_an_attribution_is_not_taken_for_its_start() -> None:
    attribution = "On Mon, Mar 23, 2026 at 10:11 AM Anna <anna@desk.example> wrote:"
    assert new_text(f"See you on 24 March.\n{attribution}\n{QUOTE}") == "See you on 24 March."
    assert new_text(f"Deadline 10:30\nAnna <anna@desk.example> wrote:\n{QUOTE}") == "Deadline 10:30"


def test_words_on_the_line_of_an_attribution_are_not_lost() -> None:
    assert "Yes, do it" in new_text(f"Yes, do it--- On Mon, 23 Mar 2026 anna@desk.example wrote:\n{QUOTE}")


def test_a_verb_and_a_colon_count_only_above_a_quote_that_ends_the_mail() -> None:
    assert new_text(f"Nummer 12.\n\nAnna schreef:\n{QUOTE}") == "Nummer 12."
    text = "In uw offerte schreef u:\n> 3 uur\nDat klopt niet."
    assert new_text(text) == text


def test_a_date_without_address_or_time_does_not_cut_what_has_no_quote_marks() -> None:
    text = "Op 23-03-2026 schreef u:\nde printer wordt gemaakt."
    assert new_text(text) == text
    assert new_text(f"Dat is niet zo.\nOp 23-03-2026 schreef u:\n{QUOTE}") == "Dat is niet zo."


@pytest.mark.parametrize(
    "sentence",
    [
        "Op 23-11-2026 om 10:00 schreef ik u:",
        "Op 23-11-2026 om 10:00 schreef u aan Anna <anna@desk.example>:",
        "Den 23. november 2026 kl. 10.00 skrev jeg:",
        "On 23 November 2026 at 10:00 I wrote:",
        "On Mon, 23 Nov 2026 at 10:00 you wrote to anna@desk.example:",
        "Am 23.11.2026 um 10:00 schrieb ich:",
    ],
)
def test_who_tells_what_they_wrote_is_not_cut_there(sentence: str) -> None:
    text = f"Beste Anna,\n\n{sentence}\n\nde printer staat stil.\n\nGroet, Jan"
    assert new_text(text) == text


def test_an_attribution_without_a_colon_ends_where_no_line_below_has_it() -> None:
    opened = "Am 23. November 2026 um 10:00 schrieb"
    assert new_text(f"Nummer 12.\n\n{opened}\nAnna de Boer:\n{QUOTE}") == "Nummer 12."
    assert new_text(f"Nummer 12.\n\n{opened} \n{QUOTE}") == "Nummer 12."
    assert new_text(f"Le 23 novembre 2026 à 10:00, Anna a écrit\n:\n{QUOTE}\nNummer 12.") == "Nummer 12."
