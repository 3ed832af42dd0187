"""The targets hold for their seeds, for what Hypothesis makes of these, and for mails that it builds."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.seeds import CORPUS, seeds
from tests.fuzz.targets import TARGETS, whole_mail

EXAMPLES = settings(max_examples=60)
SEEDS = [(target, name) for target in TARGETS for name in seeds(target)]


def test_every_target_has_seeds_and_every_seed_a_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == set(TARGETS)
    assert all(seeds(target) for target in TARGETS)


def test_the_corpus_is_small() -> None:
    assert max(len(seed) for target in TARGETS for seed in seeds(target).values()) <= 4096


@pytest.mark.parametrize(("target", "name"), SEEDS)
def test_a_target_holds_for_its_seeds(target: str, name: str) -> None:
    TARGETS[target](seeds(target)[name])


@st.composite
def mutated(draw: st.DrawFn, target: str) -> bytes:
    """A seed, of which pieces are dropped, doubled, or replaced by pieces of others or by anything."""
    all_seeds = list(seeds(target).values())
    pieces = [draw(st.sampled_from(all_seeds))]
    for _ in range(draw(st.integers(1, 4))):
        whole = b"".join(pieces)
        start, end = sorted(draw(st.tuples(st.integers(0, len(whole)), st.integers(0, len(whole)))))
        other = draw(st.sampled_from(all_seeds) | st.binary(max_size=12) | st.just(whole[start:end] * 2))
        pieces = [whole[:start], other, whole[end:]]
    return b"".join(pieces)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_holds_for_changed_seeds(target: str) -> None:
    @EXAMPLES
    @given(mutated(target))
    def holds(data: bytes) -> None:
        TARGETS[target](data)

    holds()


WORDS = st.sampled_from(
    ["Anna", "a@b.example", "<a@b.example>", "=?utf-8?q?=C3=A9?=", '"', "(", ";", ",", "\u202e", "é", "##-"]
)
VALUE = st.lists(WORDS, max_size=6).map(" ".join)
FIELD = st.tuples(st.sampled_from(["From", "To", "Subject", "Message-ID", "References", "Date", "X-Loop"]), VALUE)
LINE = st.sampled_from(
    [
        "Hello.",
        "> quoted",
        "",
        "On 1-2-2026 10:00 Anna <a@b.example> wrote:",
        "/take",
        "-- ",
        "From: a@b.example",
        "<p>x<br>",
        "=41",
    ]
)
BODY = st.lists(LINE, max_size=12).map("\r\n".join)
TYPE = st.sampled_from(
    ["text/plain", "text/html; charset=utf-7", "application/pdf; name*=utf-8''%C3%A9", "text/calendar"]
)
ENCODING = st.sampled_from(["7bit", "base64", "quoted-printable", "x-uuencode", "nonsense"])
LEAF = st.tuples(TYPE, ENCODING, BODY).map(
    lambda part: f"Content-Type: {part[0]}\r\nContent-Transfer-Encoding: {part[1]}\r\n\r\n{part[2]}"
)


def multipart(parts: list[str]) -> str:
    """Parts as one; the boundary is that of the parts inside too, as hostile mails have it."""

    def lines() -> Iterator[str]:
        yield 'Content-Type: multipart/mixed; boundary="b"\r\n'
        for part in parts:
            yield f"--b\r\n{part}"
        yield "--b--\r\n"

    return "\r\n".join(lines())


TREE = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3).map(multipart), max_leaves=6)


@EXAMPLES
@given(st.lists(FIELD, max_size=8), TREE)
def test_mails_that_are_built_of_fields_and_parts_are_read(fields: list[tuple[str, str]], tree: str) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    whole_mail(f"{head}{tree}".encode())
