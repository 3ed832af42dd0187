"""What a mail needs so that it counts once: one Message-ID, by which it is known again (RFC 5322 §3.6.4)."""

from helpdeskd.domain.message import Message

DONE_BEFORE = "this very mail was carried out before, so it does not count again (write a new one)"
NO_NAME = "it has no Message-ID of its own, or several, so nobody could tell it from a copy (use another mail program)"


def has_one_name(message: Message) -> bool:
    """Whether there is a Message-ID, and no other field that says another."""
    return bool(message.message_id) and sum(name.lower() == "message-id" for name, _ in message.headers) <= 1
