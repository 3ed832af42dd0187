"""A customer asks; the desk answers, and an agent does."""

from helpdeskd.domain.ticket import Status
from tests.world import ANNA, ANS, BRAM, EVE, FREDERIK, HEIKE, PIET, World, texts


def test_a_new_request_is_acknowledged_with_its_number_and_what_is_promised_until_when(world: World) -> None:
    mail = world.receives(ANNA, subject="Factuurscherm hangt", text="Sinds vanmorgen.")
    assert (mail.fate, mail.reference) == ("opened", "HD-1001")
    assert world.news() == ["anna ticket-received", "ans agent-new", "piet agent-new"]
    received = world.last("anna")
    assert received.subject == "[HD-1001] Factuurscherm hangt"
    assert "HD-1001" in received.text
    assert "Eerste reactie: binnen 4 werkuren, uiterlijk maandag 23 november 2026 om 14:00 uur" in received.text
    assert "Oplossing: binnen 2 werkdagen, uiterlijk woensdag 25 november 2026 om 10:00 uur" in received.text


def test_each_contact_is_written_to_in_their_own_language(world: World) -> None:
    for person in (ANNA, BRAM, FREDERIK, HEIKE):
        world.receives(person)
    greetings = [mail.text.splitlines()[2] for mail in world.sent(notice="ticket-received")]
    assert [greeting.split()[0] for greeting in greetings] == ["Geachte", "Dear", "Kære", "Guten"]


def test_the_acknowledgement_answers_the_mail_and_says_that_it_is_automatic(world: World) -> None:
    world.receives("Anna de Vries <a.devries@bakery.example>")
    received = world.last("anna")
    assert received.header("In-Reply-To") == "<1@bakery.example>"
    assert received.header("Auto-Submitted") == "auto-replied"
    assert received.header("Reply-To").startswith("support+t.")


def test_the_agents_read_in_a_few_lines_who_asks_and_what_is_due(world: World) -> None:
    world.receives(BRAM, text="It hangs.", attachments=[("screen.png", "image/png", b"\x89PNG")])
    seen = world.last("piet", "agent-new")
    for part in (
        "Bram Bakker <bram@bakery.example>",
        "Bakkerij de Vries B.V. (bakery)",
        "standard",
        "Monday 23 November 2026 at 14:00",
        "screen.png",
        "> It hangs.",
        "/take",
    ):
        assert part in seen.text
    assert [attachment.name for attachment in seen.message.attachments] == ["screen.png"]


def test_the_answer_of_an_agent_reaches_the_customer_signed_and_without_anything_internal(world: World) -> None:
    world.receives(BRAM)
    world.news()
    mail = world.replies(PIET, world.last("piet"), "Please restart the program.")
    assert mail.fate == "added"
    assert world.news() == ["bram reply"]
    answer = world.last("bram", "reply")
    assert answer.message.from_ is not None
    assert answer.message.from_.name == "Piet Jansen via Helpdesk"
    assert "Please restart the program." in answer.text
    assert "Piet Jansen\nHelpdesk" in answer.text
    assert not answer.header("Auto-Submitted")
    for internal in ("standard", "/take", "Rights", "accept"):
        assert internal not in answer.text
    assert world.ticket().owner == "piet"
    assert world.ticket().status is Status.OPEN
    assert world.target("response").met_at == world.now


def test_what_the_agent_attaches_goes_along(world: World) -> None:
    world.receives(BRAM)
    world.replies(
        PIET, world.last("piet"), "As in this manual.", attachments=[("manual.txt", "text/plain", b"1. Off.")]
    )
    assert [attachment.name for attachment in world.last("bram").message.attachments] == ["manual.txt"]


def test_the_conversation_goes_on_in_one_thread_until_everybody_knows(world: World) -> None:
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), "Which version?")
    world.news()
    mail = world.replies(BRAM, world.last("bram", "reply"), "Version 12.")
    assert (mail.fate, mail.reference) == ("added", "HD-1001")
    assert world.news() == ["piet agent-update"]
    new, _, answered = world.last("piet").text.partition("Piet Jansen wrote:")
    assert "> Version 12." in new
    assert "Which version?" not in new
    assert answered == "\n\n> Which version?"
    world.replies(PIET, world.last("piet"), "Then update.")
    assert world.last("bram").header("In-Reply-To") == "<3@bakery.example>"


def test_an_answer_of_a_colleague_is_told_to_the_owner(world: World) -> None:
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), "Which version?")
    world.news()
    world.replies(ANS, world.last("ans"), "And which printer?")
    assert world.news() == ["bram reply", "piet agent-update"]
    assert world.ticket().owner == "piet"


def test_the_head_of_the_first_answer_is_not_read_as_an_answer_when_nothing_was_written(world: World) -> None:
    world.receives(BRAM)
    world.news()
    world.replies(PIET, world.last("piet"), "")
    assert world.sent("bram", "reply") == []


def test_a_goal_is_never_promised_to_the_customer(world: World) -> None:
    world.receives(EVE)
    received = world.last("eve")
    assert "HD-1001" in received.text
    assert "3 working days" not in received.text
    assert "26 November" not in received.text
    assert "First response goal" in world.last("piet").text.replace("(goal)", "goal")


def test_the_highest_priority_holds_until_an_agent_has_looked_but_the_standard_one_is_promised(world: World) -> None:
    world.receives(FREDERIK)
    assert world.ticket().priority == "high"
    assert "14.00" in world.last("frederik").text
    assert "11.00" not in world.last("frederik").text
    assert "11:00" in world.last("piet").text
    world.replies(PIET, world.last("piet"), "/take")
    assert world.ticket().priority == "normal"
    assert "14:00" in world.last("piet", "agent-transcript").text


def test_the_acknowledgement_asks_for_what_a_report_lacks(world: World) -> None:
    world.receives(HEIKE, text="Geht nicht.")
    asked = world.last("heike").text
    assert all(part in asked for part in ("URL", "Screenshot", "Schritte"))


def test_a_report_that_has_it_all_is_asked_nothing(world: World) -> None:
    text = "https://school.example/plan shows an error: " + "I opened the plan and pressed save and then " * 3
    world.receives(HEIKE, text=text, attachments=[("screen.png", "image/png", b"\x89PNG")])
    assert "Screenshot" not in world.last("heike").text


def test_out_of_hours_the_customer_reads_when_the_desk_opens_and_whom_to_call(world: World) -> None:
    world.at("2026-11-23 20:00")
    world.receives(BRAM)
    received = world.last("bram").text
    assert "Tuesday 24 November 2026 at 08:30" in received
    assert "+31 20 555 0100" in received
    assert "Tuesday 24 November 2026 at 12:30" in received


def test_template_code_in_a_mail_is_text(world: World) -> None:
    code = "{{ 7 * 7 }} {% include 'layout.html.j2' %} <script>alert(1)</script>"
    world.receives(BRAM, subject="{{ ticket.id }}", text=code)
    assert "{{ ticket.id }}" in world.last("bram").subject
    assert code in world.last("piet").text
    html = world.last("piet").row.content.partition(b"Content-Type: text/html")[2]
    assert b"<script" not in html.replace(b"=\r\n", b"")


def test_nobody_is_told_anything_of_another_customer(world: World) -> None:
    world.receives(ANNA, text="Secret of the bakery.")
    mail = world.receives(EVE, subject="[HD-1001] What is this?")
    assert mail.reference == "HD-1002"
    assert "HD-1001" not in texts(world.sent("eve")).replace("[HD-1001] What is this?", "")
    assert world.ticket("HD-1002").links == ("HD-1001",)
