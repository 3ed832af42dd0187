"""F17: the client is gone between its final dot and our 250. The mail is ours and it does not know, so it comes again:
one row decides, the other is done as its duplicate, and there is one ticket.
"""

import smtplib

from tests.faults.engines import locked, on_postgres_in_the_soak
from tests.system.desk import ANNA, PATIENCE_SECONDS, SUPPORT, RunningDesk, mail
from tests.system.sink import Sink


@on_postgres_in_the_soak
def test_f17_a_client_that_never_hears_our_250_comes_again_and_there_is_one_ticket(desk: RunningDesk, sink: Sink):
    with locked(desk):
        client = smtplib.SMTP("127.0.0.1", desk.smtp, timeout=PATIENCE_SECONDS)
        client.ehlo()
        client.mail(ANNA)
        client.rcpt(SUPPORT)
        assert client.docmd("DATA")[0] == 354
        client.send(mail(1).removesuffix(b"\r\n") + b"\r\n.\r\n")
        client.close()
    desk.decides(1)
    desk.send(mail(1))
    first, second = desk.decides(2)
    assert (first["fate"], second["fate"], second["reason"]) == ("opened", "duplicate", "same content as mail 1")
    desk.sends(2)
    assert len(sink.to(ANNA)) == 1
    assert desk.audit()["accepted"] == 2
