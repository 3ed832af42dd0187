"""A token counts for one person, ticket, purpose, database and time, and for nothing that differs in one bit."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.address import with_detail
from helpdeskd.domain.token import (
    ADOPT,
    APPROVE,
    BOUNCE,
    DESK,
    DUTY,
    MANAGE,
    PURPOSES,
    REPLY,
    THIRD_PARTY,
    Keyring,
    read,
)

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
ANNA, EVE = "anna@bakery.example", "eve@elsewhere.example"
KEYS = Keyring((b"key",), "epoch")
TOKEN = KEYS.issue(1042, ANNA, REPLY, NOW)
BITS = 24 * 8


def flipped(token: str, bit: int) -> str:
    data = bytearray(base64.b32decode(token.upper() + "="))
    data[bit // 8] ^= 1 << bit % 8
    return base64.b32encode(data).decode().rstrip("=").lower()


def test_a_token_names_its_ticket_and_purpose_and_counts_for_its_holder() -> None:
    claim = read(TOKEN)
    assert claim is not None
    assert (claim.ticket_id, claim.purpose) == (1042, REPLY)
    assert KEYS.holder(TOKEN, [EVE, ANNA], NOW) == ANNA


def test_a_token_does_not_count_for_anybody_else() -> None:
    assert KEYS.holder(TOKEN, [EVE, "", "anna@bakery.exampl", "xanna@bakery.example"], NOW) == ""


@given(st.integers(0, BITS - 1))
def test_a_token_with_one_bit_flipped_is_refused(bit: int) -> None:
    assert KEYS.holder(flipped(TOKEN, bit), [ANNA], NOW) == ""


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567018-.=+ \u0131\u017f"))
def test_a_token_with_one_letter_changed_is_refused(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    assert (KEYS.holder(changed, [ANNA], NOW) == ANNA) is (changed == TOKEN)


@pytest.mark.parametrize("length", range(len(TOKEN)))
def test_a_token_that_was_cut_is_refused(length: int) -> None:
    assert read(TOKEN[:length]) is None


@given(st.text())
def test_what_is_no_token_is_read_as_nothing_and_never_raises(text: str) -> None:
    assert read(text) is None
    assert KEYS.holder(text, [ANNA], NOW) == ""


def test_a_token_that_a_mail_system_wrote_in_capitals_still_counts() -> None:
    assert KEYS.holder(TOKEN.upper(), [ANNA], NOW) == ANNA


def test_a_token_of_no_known_purpose_is_none() -> None:
    assert read(KEYS.issue(1, ANNA, "x", NOW)) is None


@pytest.mark.parametrize(
    ("purpose", "end"), [(REPLY, datetime(2027, 12, 29, tzinfo=UTC)), (MANAGE, datetime(2026, 12, 24, tzinfo=UTC))]
)
def test_a_token_counts_to_the_end_of_its_last_day_and_no_longer(purpose: str, end: datetime) -> None:
    token = KEYS.issue(1, ANNA, purpose, NOW)
    assert KEYS.holder(token, [ANNA], end - timedelta(microseconds=1)) == ANNA
    assert KEYS.holder(token, [ANNA], end) == ""


@pytest.mark.parametrize("purpose", sorted(PURPOSES))
def test_f06_a_token_of_a_clock_that_was_ahead_does_not_count_before_its_day(purpose: str) -> None:
    token = KEYS.issue(1, ANNA, purpose, NOW)
    day = NOW.replace(hour=0, minute=0)
    assert KEYS.holder(token, [ANNA], day - timedelta(minutes=5, microseconds=1)) == ""
    assert KEYS.holder(token, [ANNA], day - timedelta(minutes=5)) == ANNA


def test_after_a_new_key_old_tokens_count_until_the_old_key_is_gone() -> None:
    rotated = Keyring((b"new", b"key"), "epoch")
    assert rotated.holder(TOKEN, [ANNA], NOW) == ANNA
    assert Keyring((b"new",), "epoch").holder(TOKEN, [ANNA], NOW) == ""


def test_new_tokens_are_made_with_the_first_key() -> None:
    token = Keyring((b"new", b"key"), "epoch").issue(1, ANNA, REPLY, NOW)
    assert Keyring((b"new",), "epoch").holder(token, [ANNA], NOW) == ANNA
    assert KEYS.holder(token, [ANNA], NOW) == ""


def test_after_a_restore_no_older_token_counts() -> None:
    assert Keyring((b"key",), "epoch after the restore").holder(TOKEN, [ANNA], NOW) == ""


def test_purpose_and_ticket_are_part_of_what_is_signed() -> None:
    tokens = {KEYS.issue(number, ANNA, purpose, NOW)[13:] for number in (1, 2) for purpose in PURPOSES}
    assert {REPLY, DUTY, BOUNCE, APPROVE, ADOPT, DESK, MANAGE, THIRD_PARTY} == PURPOSES
    assert len(tokens) == 2 * len(PURPOSES)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_token_counts_for_the_estimate_that_it_was_issued_for_and_no_other(asked: int, answered: int) -> None:
    token = KEYS.issue(1042, ANNA, APPROVE, NOW, about=asked)
    assert (KEYS.holder(token, [ANNA], NOW, about=answered) == ANNA) is (asked == answered)


def test_which_estimate_a_token_is_about_cannot_be_read_from_it() -> None:
    first, second = (KEYS.issue(1042, ANNA, APPROVE, NOW, about=about) for about in (1, 2))
    assert first[:12] == second[:12]
    assert read(first) != read(second)


@given(st.integers(0, 2**40 - 1), st.sampled_from(sorted(PURPOSES)), st.integers(-20_000, 20_000))
def test_every_token_can_be_read_again_and_fits_a_local_part(number: int, purpose: str, days: int) -> None:
    token = KEYS.issue(number, ANNA, purpose, NOW + timedelta(days=days))
    claim = read(token)
    assert claim is not None
    assert (claim.ticket_id, claim.purpose) == (number, purpose)
    longest_queue = "a" * 22 + "@desk.example"
    assert len(with_detail(longest_queue, f"t.{token}").partition("@")[0]) == 64
