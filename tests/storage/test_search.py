"""What was written on tickets is found by its words, whatever they are; a new ticket finds those that are like it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpdeskd.domain.event import AgentReplied, CustomerWrote, NoteAdded, TicketOpened
from helpdeskd.domain.party_event import ThirdPartyAnswered, ThirdPartyAsked
from helpdeskd.domain.solution_event import SolutionRecorded
from helpdeskd.domain.target import TargetKind
from helpdeskd.domain.ticket import Emergency, Status, Ticket
from helpdeskd.storage import counter, db, outbox, search, tickets
from helpdeskd.storage.tables import proxy
from tests.servers import postgres
from tests.storage.engines import on_sqlite
from tests.storage.values import NOW, mail, target, ticket

ANNA = "anna@bakery.example"
WRITTEN = "SELECT id, block FROM search_data"


def opened(number: int, subject: str, text: str = "", **changes: object) -> Ticket:
    """A ticket that begins so."""
    made = ticket(number, subject=subject, **changes)
    tickets.save(made)
    tickets.record(TicketOpened(NOW, made.requester, made, text, "normal"), number, None)
    return made


def found(*words: str, **limits: object) -> list[int]:
    return [each.ticket.id for each in search.find(words, **limits)]  # type: ignore[arg-type]


def snippet(*words: str) -> str:
    return search.find(words)[0].snippet


@pytest.fixture
def desk(state: Path) -> Iterator[None]:
    """Two tickets: of a printer, with everything that can be written on one, and of a façade."""
    with db.transaction():
        opened(1, "Printer stops", "It prints the first page.\nThen nothing.")
        tickets.record(AgentReplied(NOW, "piet", "Have you tried another drum?"), 1, None)
        tickets.record(CustomerWrote(NOW, ANNA, "Which drum do you mean?", ("bram@bakery.example",)), 1, None)
        tickets.record(NoteAdded(NOW, "piet", "An old model: see the shelf."), 1, None)
        tickets.record(SolutionRecorded(NOW, "piet", "Replace the fuser."), 1, None)
        tickets.record(ThirdPartyAsked(NOW, "piet", "info@supplier.example", "Warranty", "Does it apply?"), 1, None)
        tickets.record(ThirdPartyAnswered(NOW, "info@supplier.example", "Expired.", proved=True), 1, None)
        opened(
            2,
            "Façade",
            "The café's sign on the façade is dark.",
            customer="smith",
            requester="eve@smith.example",
            status=Status.CLOSED,
        )
        yield


@pytest.mark.parametrize(
    "word",
    [
        "stops", "page", "tried", "which", "shelf", "fuser", "HD-1001", "hd-1001", "bakery", ANNA,
        "bram@bakery.example", "supplier.example", "warranty", "apply", "expired",
    ],
)  # fmt: skip
def test_a_ticket_is_found_by_its_reference_subject_people_and_all_that_was_written(desk: None, word: str) -> None:
    assert found(word) == [1]


@pytest.mark.parametrize("word", ["facade", "FAÇADE", "fac\u0327ade", "cafe", "Café"])
def test_case_and_diacritics_make_no_difference(desk: None, word: str) -> None:
    assert found(word) == [2]


def test_all_words_must_stand_in_the_ticket_in_whichever_of_its_texts(desk: None) -> None:
    assert found("fuser", "page", "anna") == [1]
    assert found("fuser", "café") == []


def test_a_word_finds_those_that_begin_with_it_and_no_others(desk: None) -> None:
    assert found("print") == [1]
    assert found("rinter") == []


def test_several_words_in_one_string_stand_in_a_row(desk: None) -> None:
    assert found("first page") == found("page\nThen") == [1]
    assert found("page first") == []


def test_the_newest_come_first_of_one_status_or_customer_and_so_many(desk: None) -> None:
    opened(3, "Printer again")
    assert found("printer") == [3, 1]
    assert found("printer", limit=1) == [3]
    assert found("example", status="closed") == found("the", customer="smith") == [2]
    assert found("printer", customer="smith") == []


def test_the_snippet_is_one_line_of_the_text_that_has_most_of_the_words(desk: None) -> None:
    assert snippet("fuser") == "Replace the [fuser]."
    assert snippet("page", "nothing") == "It prints the first [page]. Then [nothing]."
    assert snippet("drum", "mean") == "Which [drum] do you [mean]?"


def test_of_a_long_text_the_beginning_is_found(state: Path) -> None:
    with db.transaction():
        opened(1, "Log", f"{'line ' * 3990}inside {'line ' * 9}outside")
        assert (found("inside"), found("outside")) == ([1], [])


def test_what_was_rolled_back_is_not_found(state: Path) -> None:
    with pytest.raises(RuntimeError), db.transaction():
        opened(1, "Printer stops")
        raise RuntimeError
    with db.transaction():
        assert found("printer") == []


@on_sqlite
def test_the_index_is_written_to_the_file_once_by_a_transaction(state: Path) -> None:
    with db.transaction():
        before = proxy.execute_sql(WRITTEN).fetchall()
        for number in (1, 2):
            assert counter.count("ticket") == number
            opened(number, "Printer stops")
            tickets.save_targets(number, [target(10), target(20, TargetKind.RESOLUTION)])
            outbox.queue(mail(number))
            tickets.heard(f"<{number}@bakery.example>", "HD-1001", ANNA)
        assert proxy.execute_sql(WRITTEN).fetchall() == before
        assert found("printer") == [2, 1]
    assert proxy.execute_sql(WRITTEN).fetchall() != before


@pytest.mark.parametrize("words", [(), ("",), (" ",), ("***",), ('"',), ('""', "-")])
def test_without_a_word_nothing_is_found(desk: None, words: tuple[str, ...]) -> None:
    assert found(*words) == []


@pytest.mark.parametrize(
    "words",
    [
        ('"page"',), ("page*",), ("^page",), ("(page)",), ("page\0",), ("\udc80page",), ("page - then",), ("page'--",),
        ("page", "***"), ("page", '"'), ("page",) * 400,
    ],
)  # fmt: skip
def test_signs_do_not_keep_a_word_from_being_found(desk: None, words: tuple[str, ...]) -> None:
    assert found(*words) == [1]


@pytest.mark.parametrize(
    "words",
    [
        ("AND", "page"), ("page", "OR", "nothing"), ("NOT page",), ("NEAR(page nothing)",), ("text:page",),
        ("{text} : page",), ('pa"ge', "page"), ("page AND nothing",),
    ],
)  # fmt: skip
def test_a_word_that_queries_know_is_one_that_must_stand_there(desk: None, words: tuple[str, ...]) -> None:
    assert found(*words) == []


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A desk for many questions."""
    folder = tmp_path_factory.mktemp("full")
    db.connect(postgres.fresh(folder) if request.param == "postgres" else folder)
    with db.transaction():
        opened(1, "Ünïcode straße 東京 x86-64", "OR AND NOT NEAR text: a*b \"quoted\" 'it''s'")
        opened(2, "Plain", "ASCII only")
    yield from until_closed()


def until_closed() -> Iterator[None]:
    """Other tests open databases of their own before the module is done with this one."""
    this = proxy.obj
    yield
    this.close()


@given(st.lists(st.text(), max_size=5))
@example(["a" * 100_000])
@example(["\ud800", "\x00", '"'])
def test_no_query_raises(full: None, words: list[str]) -> None:
    with db.transaction():
        search.find(words)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])), st.text("abcé東ß\"'*-() ", max_size=9))
def test_every_text_finds_itself_and_what_is_like_it_without_raising(full: None, text: str, subject: str) -> None:
    with db.transaction():
        number = tickets.listed(limit=1)[0].id + 1
        made = opened(number, subject, f"needle{number} {text}")
        assert found(f"needle{number}") == [number]
        search.similar(made, 3)


@on_sqlite
def test_a_desk_from_before_is_searched_from_its_first_event_on(state: Path) -> None:
    with db.transaction():
        opened(1, "Printer stops", "It prints the first page.")
        tickets.record(AgentReplied(NOW, "piet", "Have you tried another drum?"), 1, None)
    for statement in (
        "DROP TABLE search",
        "DROP VIEW written",
        "DELETE FROM schema_migration WHERE name = '0006_search'",
    ):
        proxy.execute_sql(statement)
    db.close()
    db.connect(state)
    with db.transaction():
        assert found("printer") == found("drum") == found("anna", "page") == [1]
        opened(2, "Printer again")
        assert found("printer") == [2, 1]
    assert db.quick_check() == "ok"


def alike(made: Ticket, limit: int = 3) -> list[int]:
    return [old.id for old in search.similar(made, limit)]


def test_a_ticket_is_like_earlier_ones_that_share_two_of_its_rare_words(state: Path) -> None:
    with db.transaction():
        opened(1, "Spooler crashes", "Since the update.", customer="smith")
        opened(2, "Spooler", "How do I start it?")
        made = opened(3, "Print spooler", "It crashes each morning.")
        opened(4, "It crashes each morning")
        assert alike(made) == [1]


def test_of_those_that_are_alike_the_solved_come_first_then_the_most_alike_then_the_newest(state: Path) -> None:
    with db.transaction():
        opened(1, "Spooler crashes")
        opened(2, "Spooler crashes", "with error 0x6ba")
        opened(3, "Toner leaks")
        opened(4, "Toner leaks", solution="Shake it.")
        made = opened(5, "Spooler crashes with error 0x6ba: toner leaks")
        assert alike(made, 9) == [4, 2, 3, 1]
        assert alike(made, 2) == [4, 2]


def test_what_was_merged_or_was_a_drill_is_not_shown(state: Path) -> None:
    with db.transaction():
        opened(1, "Spooler crashes", status=Status.MERGED)
        opened(2, "Spooler crashes", emergency=Emergency(drill=True))
        assert alike(opened(3, "Spooler crashes")) == []


def test_a_subject_of_one_word_finds_the_same(state: Path) -> None:
    with db.transaction():
        opened(1, "Spooler", "It is broken.")
        assert alike(opened(2, "Spooler")) == [1]


def test_words_that_many_tickets_have_say_nothing(state: Path) -> None:
    with db.transaction():
        for number in range(1, 9):
            opened(number, "Please help", "spooler crashes" if number == 1 else "")
        assert alike(opened(9, "Please help")) == []
        assert alike(opened(10, "Please help", "spooler crashes")) == [1]


def test_a_word_of_a_long_conversation_is_not_read_to_its_end(state: Path) -> None:
    with db.transaction():
        opened(1, "Spooler crashes")
        for _ in range(search.ROWS_OF_A_TICKET * search.ALWAYS_RARE + search.ROWS_MORE):
            tickets.record(NoteAdded(NOW, "piet", "The spooler crashes."), 1, None)
        assert alike(opened(2, "Spooler crashes")) == []


def test_a_word_that_was_common_counts_again_once_the_desk_has_grown(state: Path) -> None:
    few = search.ROWS_OF_A_TICKET * search.ALWAYS_RARE + search.ROWS_MORE
    with db.transaction():
        for number in range(1, few + 1):
            opened(number, "Spooler crashes")
        assert alike(opened(few + 1, "Spooler crashes")) == []
        assert alike(opened(20 * few, "Spooler crashes")) == [few + 1, few, few - 1]


def test_a_ticket_of_which_nothing_was_written_is_like_none(state: Path) -> None:
    with db.transaction():
        opened(1, "")
        assert alike(opened(2, "")) == []
        assert alike(ticket(3)) == []
