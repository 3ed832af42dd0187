"""Whatever client people write with: commands are carried out, the answer goes out, and nothing that was quoted."""

import pytest

from helpdeskd.domain.ticket import Status
from tests.mail_client import thread
from tests.triage.client_formats import CLIENTS, Bodies, Client, phrases, seen
from tests.world import BRAM, PIET, Sent, World


def written(client: Client, mail: Sent, *said: str) -> Bodies:
    """The first form in which a client answers a mail."""
    return next(client(said, phrases("nl"), seen(mail.row.content)))


@pytest.mark.parametrize("client", CLIENTS)
def test_an_answer_reaches_its_reader_without_what_it_quotes(world: World, client: Client) -> None:
    world.receives(BRAM, text="The page of invoices hangs.")
    notice = world.last("piet")
    bodies = written(client, notice, "/take", "/wait", "", "Have you tried another browser?")
    to = notice.header("Reply-To")
    world.receives(PIET, to, f"Re: {notice.subject}", bodies.text, html=bodies.html, **thread(notice.message))
    assert (world.ticket().owner, world.ticket().status) == ("piet", Status.WAITING)
    answer = world.last("bram", "reply")
    assert "Have you tried another browser?" in answer.text
    assert "/take" not in answer.text
    above, _, below = answer.text.partition("Bram Bakker wrote:")
    assert ("hangs" in above, below) == (False, "\n\n> The page of invoices hangs.")
    bodies = written(client, answer, "Yes, it hangs there as well.")
    to = answer.header("Reply-To")
    world.receives(BRAM, to, f"Re: {answer.subject}", bodies.text, html=bodies.html, **thread(answer.message))
    above, _, below = world.last("piet", "agent-update").text.partition("Piet Jansen wrote:")
    assert "Yes, it hangs there as well." in above
    assert ("another browser" in above, below) == (False, "\n\n> Have you tried another browser?")
