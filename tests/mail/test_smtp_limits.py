"""How much of the desk clients may use, and for how long."""

import pytest

from helpdeskd.mail.smtp_limits import BUSY, BUSY_ADDRESS, CLOSING, Patience, Traffic, plain_address
from helpdeskd.mail.smtp_settings import SmtpSettings


def settings(**chosen):
    return SmtpSettings(**{"hostname": "mx.example.org", **chosen})


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("", ""),
        ("None", ""),
    ],
)
def test_an_address_has_one_form(address, plain):
    assert plain_address(address) == plain


def test_one_address_gets_so_many_connections_and_no_more():
    traffic = Traffic(settings(max_connections_per_address=2))
    assert [traffic.admit("192.0.2.1") for _ in range(3)] == ["", "", BUSY_ADDRESS]
    assert traffic.admit("192.0.2.2") == ""
    traffic.leave("192.0.2.1")
    traffic.leave("192.0.2.1")
    assert traffic.admit("192.0.2.1") == ""


def test_an_ipv6_network_counts_as_one_address():
    traffic = Traffic(settings(max_connections_per_address=1))
    assert traffic.admit("2001:db8::1") == ""
    assert traffic.admit("2001:db8::2") == BUSY_ADDRESS
    assert traffic.admit("2001:db8:0:1::1") == ""


def test_a_unix_socket_has_no_address_to_count_by():
    traffic = Traffic(settings(max_connections_per_address=1))
    assert [traffic.admit("") for _ in range(3)] == ["", "", ""]


def test_all_together_get_so_many_connections_and_no_more():
    traffic = Traffic(settings(max_connections=2))
    traffic.connections = 2
    assert traffic.admit("192.0.2.1") == ""
    traffic.connections = 3
    assert traffic.admit("192.0.2.2") == BUSY


def test_nobody_is_let_in_while_closing():
    traffic = Traffic(settings())
    traffic.closing = True
    assert traffic.admit("192.0.2.1") == CLOSING


def test_mails_under_way_share_the_memory():
    traffic = Traffic(settings(max_buffered=100))
    with traffic.room() as room, traffic.room() as other:
        assert room.take(60)
        assert not other.take(41)
        assert other.take(40)
    assert traffic.buffered == 0


def test_a_command_must_be_whole_in_time():
    patience = Patience(settings(idle_seconds=10), now=0)
    patience.next_command(now=100)
    patience.heard(now=109, octets=1)
    assert patience.due() == 110


def test_content_may_take_long_while_it_comes():
    patience = Patience(settings(idle_seconds=10, min_rate=100), now=0)
    patience.receive(now=100)
    patience.heard(now=108, octets=1000)
    assert patience.due() == 118
    patience.heard(now=117, octets=1000)
    assert patience.due() == 127


def test_content_that_trickles_is_given_up():
    patience = Patience(settings(idle_seconds=10, min_rate=100), now=0)
    patience.receive(now=100)
    patience.heard(now=109, octets=50)
    assert patience.due() == 110.5


def test_a_transaction_has_an_end_whatever_is_said():
    patience = Patience(settings(idle_seconds=10, transaction_seconds=60), now=0)
    patience.next_command(now=55)
    assert patience.due() == 60
    patience.next_mail(now=58)
    assert patience.due() == 68
    patience.next_command(now=115)
    assert patience.due() == 118
