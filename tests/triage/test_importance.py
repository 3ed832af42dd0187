"""What the header of a mail says of its importance."""

import pytest

from helpdeskd.triage.importance import importance
from tests.triage.small_desk import mail


def marked(*headers: tuple[str, str]) -> str:
    return importance(mail(headers=headers))


@pytest.mark.parametrize(
    ("name", "value", "meaning"),
    [
        ("Importance", "high", "high"),
        ("importance", "High", "high"),
        ("Importance", "low", "low"),
        ("Importance", "normal", ""),
        ("X-Priority", "1 (Highest)", "high"),
        ("X-Priority", "2", "high"),
        ("X-Priority", "3 (Normal)", ""),
        ("X-Priority", "4", "low"),
        ("X-Priority", "5 (Lowest)", "low"),
        ("X-Priority", "12", ""),
        ("Priority", "urgent", "high"),
        ("Priority", "non-urgent", "low"),
        ("Priority", "normal", ""),
        ("Priority", "", ""),
        ("Subject", "high", ""),
    ],
)
def test_a_mark_is_read_as_mail_programs_write_it(name: str, value: str, meaning: str) -> None:
    assert marked((name, value)) == meaning


def test_of_several_fields_the_first_that_says_something_counts() -> None:
    assert marked(("Priority", "non-urgent"), ("Importance", "normal"), ("X-Priority", "1")) == "high"


def test_a_mail_without_a_mark_says_nothing() -> None:
    assert marked() == ""
