"""A mailbox that would be unsafe or make no sense is refused before the daemon starts."""

from typing import Any

import pytest

from helpdeskd.mail.imap_settings import ImapSettings


def settings(**changes: Any) -> ImapSettings:
    return ImapSettings(
        **{
            "name": "support",
            "host": "imap.example",
            "user": "support",
            "address": "support@desk.example",
            "password": lambda: "secret",
            **changes,
        }
    )


def test_a_plain_connection_is_for_this_machine_only() -> None:
    for host in ("localhost", "127.0.0.1", "::1"):
        assert settings(tls="none", host=host).tls == "none"
    with pytest.raises(ValueError, match="on this machine only"):
        settings(tls="none", host="imap.example")


@pytest.mark.parametrize("changes", [{"password": None}, {"token": lambda: "t"}])
def test_there_is_exactly_one_way_to_log_in(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a password or a token"):
        settings(**changes)


def test_idle_is_issued_again_after_five_minutes_at_most() -> None:
    assert settings(idle_seconds=300).idle_seconds == 300
    with pytest.raises(ValueError, match="at most 300"):
        settings(idle_seconds=301)
    with pytest.raises(ValueError, match="at most 300"):
        settings(idle_seconds=0)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"done_folder": "INBOX"}, "the folder that mail is taken from"),
        ({"folder": ""}, "no name"),
        ({"done_folder": "Done\r\nX1 LOGOUT"}, "control character"),
        ({"poll_seconds": 0}, "poll_seconds"),
        ({"part_bytes": 0}, "part_bytes"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        settings(**changes)


def test_secrets_are_not_part_of_the_text_of_the_settings() -> None:
    assert "lambda" not in repr(settings())
