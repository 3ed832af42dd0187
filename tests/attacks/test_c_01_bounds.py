"""C01, C02, C05: a mebibyte of anything costs at most 2 s of processor time and 10 times its size and 16 MiB.

Each bomb goes the whole way through a desk, from each kind of sender for whom it may mean something. The few that once
took too much, or take the most, run always; all of them with `make soak`.
"""

import os
from collections.abc import Iterator

import pytest

from helpdeskd.mail import limits
from tests.attacks import bombs
from tests.attacks.chain import SENDERS, Chain, Cost

CPU_SECONDS = 2.0
MEMORY_MIB = 10 * bombs.SIZE / (1 << 20) + 16
FATES = {"opened", "added", "held", "refused", "recorded", "loop", "commands"}

WORST_TEXTS = (
    ("new", "op a schreef in lines"), ("new", "half header blocks"), ("new", "on"), ("new", "blank lines"),
    ("new", "our marks by turns"), ("new", "combining marks out of order"), ("reply", "quote marks"),
    ("reply", "quoted and not"), ("reply", "quoted markers"), ("reply", "marks"), ("list", "one long contact"),
    ("list", "contacts"), ("behalf", "forwards"), ("stranger", "markers that do not end"), ("bounce", "commas"),
    ("bounce", "recipients of a report"), ("bounce", "an address without end"), ("alert", "blank lines"),
)  # fmt: skip
WORST_OF_AGENTS = ("commands", "invisible slashes", "20 commands with long arguments", "a command without end")
WORST_HTML = (
    "comments that do not end", "deep div", "unclosed tags", "one tag of many attributes",
    "one tag of many attributes with quotes", "one tag of many attributes among tags", "same attributes",
    "characters of four bytes", "preformatted lines", "formatting that is adopted",
)  # fmt: skip
WORST_MAILS = (
    "From of quotation marks", "semicolons in Content-Type", "addresses", "a folded field of 900 kB",
    "1000 nested multiparts", "19 nested multiparts of one boundary", "100,000 parts", "RFC 2231 continuations",
    "references", "encoded words", "parts with names of combining marks", "parts of fields", "utf-7",
    "base64 that is none",
    "TNEF values of nothing", "a rule that repeats for ever", "a report of 20,000 recipients", "carriage returns alone",
    "a boundary and carriage returns", "beside a text: braces of a style", "beside a text: a style that does not end",
    "beside a text: selectors of a style", "bytes",
)  # fmt: skip


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    running = Chain()
    yield running
    running.close()


def assert_bounded(cost: Cost) -> None:
    assert cost.fate in FATES
    assert (cost.strikes, cost.unread) == (0, False)
    assert cost.cpu < CPU_SECONDS
    assert cost.memory < MEMORY_MIB


@pytest.mark.parametrize(("sender", "name"), WORST_TEXTS)
def test_c01_a_mebibyte_of_text_is_bounded(chain: Chain, sender: str, name: str) -> None:
    assert_bounded(chain.cost(sender, "text", name))


@pytest.mark.parametrize("name", WORST_OF_AGENTS)
def test_c01_as_much_text_as_an_agent_may_write_is_bounded(chain: Chain, name: str) -> None:
    assert_bounded(chain.cost("agent", "text", name, limits.MAX_TEXT))


@pytest.mark.parametrize("name", WORST_HTML)
def test_c01_a_mebibyte_of_html_is_bounded(chain: Chain, name: str) -> None:
    assert_bounded(chain.cost("new", "html", name))


@pytest.mark.parametrize("name", WORST_MAILS)
def test_c01_a_mebibyte_of_any_structure_is_bounded(chain: Chain, name: str) -> None:
    assert_bounded(chain.cost("new", "mail", name))


@pytest.mark.soak
@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("name", bombs.TEXTS)
def test_c01_every_text_of_every_sender_is_bounded(chain: Chain, sender: str, name: str) -> None:
    assert_bounded(chain.cost(sender, "text", name, limits.MAX_TEXT if sender == "agent" else bombs.SIZE))


@pytest.mark.soak
@pytest.mark.parametrize("name", [*bombs.HTML, *bombs.TEXTS])
def test_c01_every_html_is_bounded(chain: Chain, name: str) -> None:
    assert_bounded(chain.cost("new", "html", name))


@pytest.mark.soak
@pytest.mark.parametrize("sender", ["new", "bounce"])
@pytest.mark.parametrize("name", bombs.MAILS)
def test_c01_every_structure_is_bounded(chain: Chain, sender: str, name: str) -> None:
    assert_bounded(chain.cost(sender, "mail", name))


def test_c01_these_tests_notice_what_is_unbounded() -> None:
    """What the fork is killed for counts as too much, and so does a fault of parsing."""
    from tests.attacks.chain import in_a_fork

    with pytest.raises(AssertionError):
        assert_bounded(in_a_fork(lambda: os._exit(1)))
