"""A16, D04: the one neutral line a day that a desk may be configured to send for a mail that it holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import ANNA, CONFIG, PIET, STRANGER, World

MOST_BYTES = 4096


@pytest.fixture
def open_handed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    file = tmp_path / "world.toml"
    file.write_text(CONFIG.read_text().replace("[trust]\n", "[trust]\nanswer_held = true\n"))
    monkeypatch.setattr("tests.world.CONFIG", file)
    with World(tmp_path / "desk") as desk:
        yield desk


def waiting(world: World) -> list[str]:
    return [mail.to for mail in world.sent(notice="waiting")]


def test_a16_who_is_not_known_and_who_is_not_proved_read_the_same_line(open_handed: World) -> None:
    open_handed.receives(STRANGER, subject="Very secret subject", text="Very secret text.")
    open_handed.receives(ANNA, subject="Other subject", strength="none")
    assert waiting(open_handed) == ["sam@elsewhere.example", "anna@bakery.example"]
    told = {(mail.subject, mail.text) for mail in open_handed.sent(notice="waiting")}
    assert len(told) == 1
    assert "ecret" not in "".join(*told)


def test_d04_the_line_goes_to_an_address_once_a_day_and_is_small(open_handed: World) -> None:
    for hour in range(10):
        open_handed.receives(STRANGER, subject=f"Matter {hour}")
        open_handed.advance(hours=2)
    assert waiting(open_handed) == ["sam@elsewhere.example"]
    open_handed.advance(hours=5)
    open_handed.receives(STRANGER, subject="Another day")
    assert waiting(open_handed) == ["sam@elsewhere.example"] * 2
    assert max(len(mail.row.content) for mail in open_handed.sent(notice="waiting")) < MOST_BYTES


@pytest.mark.parametrize(
    ("from_", "more"),
    [
        (PIET, {"strength": "none"}),
        ("Mail <mailer-daemon@elsewhere.example>", {}),
        (STRANGER, {"headers": {"Auto-Submitted": "auto-replied"}}),
        (STRANGER, {"headers": {"List-Id": "<news.elsewhere.example>"}}),
        (STRANGER, {"shown_to": "friends@elsewhere.example"}),
        ("Two <sam@elsewhere.example>, <eve@elsewhere.example>", {}),
    ],
    ids=["an agent", "a role", "an automatic mail", "a list", "no address of ours", "two authors"],
)
def test_a16_nobody_else_gets_it(open_handed: World, from_: str, more: dict[str, object]) -> None:
    open_handed.receives(from_, **more)  # type: ignore[arg-type]
    assert waiting(open_handed) == []


def test_a16_without_the_key_nobody_gets_it(tmp_path: Path) -> None:
    with World(tmp_path / "desk") as desk:
        desk.receives(STRANGER)
        assert desk.mails == [mail for mail in desk.mails if mail.row.to_agent]
