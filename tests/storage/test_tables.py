"""Instants are stored so that their order as text is their order in time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.storage.tables import UTCField

FIELD = UTCField()
FIELD.name = "at"
ZONES = st.timezones() | st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23)))
INSTANTS = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=ZONES)


@given(INSTANTS)
def test_an_instant_comes_back_in_utc(at: datetime) -> None:
    again = FIELD.python_value(FIELD.db_value(at))
    assert again == at.astimezone(UTC)
    assert again is not None
    assert again.tzinfo is UTC or again.utcoffset() == timedelta(0)


@given(INSTANTS, INSTANTS)
def test_the_order_of_the_text_is_the_order_in_time(one: datetime, other: datetime) -> None:
    texts = FIELD.db_value(one), FIELD.db_value(other)
    assert (texts[0] < texts[1]) == (one.astimezone(UTC) < other.astimezone(UTC))  # type: ignore[operator]


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="at: an instant without zone"):
        FIELD.db_value(datetime(2026, 11, 23))


def test_no_instant_is_none() -> None:
    assert FIELD.db_value(None) is None
    assert FIELD.python_value(None) is None
