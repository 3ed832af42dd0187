"""How fast `helpdeskd simulate` is: `python -m benchmarks.simulate_month [--mails N] [--keep FILE] [--profile FILE]`.

Writes a scenario of a month with a thousand mails on the desk of `examples/best-effort.toml`, plays it as the command
does, and prints the seconds of processor time and of the clock, and beside them how long a fixed loop of Python takes
just then (machines and minutes differ). Four mails are a conversation: a contact asks, an agent answers, books time and
waits, the contact replies, the agent resolves. Besides come machines' answers and strangers' mails. The scenario is the
same in every run; `--keep` writes it for `helpdeskd simulate`.
"""

import argparse
import cProfile
import io
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.loop import loop_ms
from helpdeskd.cli import main as helpdeskd

EXAMPLE = Path(__file__).parents[1] / "examples" / "best-effort.toml"
START = datetime(2026, 11, 1, 7, tzinfo=UTC)
MONTH = timedelta(days=30)
CONTACTS = ("Anna de Vries <anna@bakery.example>", "Bram Bakker <bram@bakery.example>")
AGENTS = ("Piet Jansen <piet@desk.example>", "Ans Smit <ans@desk.example>")
STRANGER = "Eve Smith <eve{number}@elsewhere.example>"
WORDS = "The screen with the invoices hangs as soon as somebody looks for a number that is not there. "
ROUND = 10
"""Of ten mails eight are of two conversations, one is a machine's and one a stranger's."""

Row = dict[str, str]


def main() -> None:
    """Write, play, tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate_month", description="Measure a simulation.")
    parser.add_argument("--mails", type=int, default=1000, metavar="N", help="how many (default: 1000)")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write the scenario there")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="write the profile of the run there")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="helpdeskd-bench-") as folder:
        file = args.keep or Path(folder) / "month.toml"
        file.write_text(scenario(args.mails))
        processor, clock, lines = _played(file, args.profile)
    told = f"{processor:.1f} s of processor time, {clock:.1f} s, {lines} lines of output, loop {loop_ms()} ms"
    print(f"{args.mails} mails: {told}")


def scenario(mails: int) -> str:
    """The TOML of a month with so many mails."""
    rows = sorted(_mails(mails), key=lambda row: row["at"])
    head = f'config = "{EXAMPLE}"\nstart = {START.isoformat()}\nuntil = {(START + MONTH).isoformat()}\n'
    return head + "".join(_table(row) for row in rows)


def _played(file: Path, profile: Path | None) -> tuple[float, float, int]:
    """Seconds of the processor and of the clock, and how much was printed."""
    said, measured = io.StringIO(), cProfile.Profile()
    processor, clock = time.process_time(), time.perf_counter()
    with redirect_stdout(said):
        words = ["simulate", str(file), "--json"]
        status = measured.runcall(helpdeskd, words) if profile else helpdeskd(words)
    if status:
        raise SystemExit("the scenario cannot be played: see above")
    took = time.process_time() - processor, time.perf_counter() - clock
    if profile:
        measured.dump_stats(profile)
    return *took, said.getvalue().count("\n")


def _mails(mails: int) -> Iterator[Row]:
    """Rounds of ten, spread over the month; each conversation takes two days at most."""
    rounds = -(-mails // ROUND)
    step = (MONTH - timedelta(days=2)) / rounds
    for place in range(rounds):
        at = START + place * step
        both = [row for half in (0, 1) for row in _conversation(2 * place + half, at + half * step / 2)]
        yield from [*both, _machine(place, at), _stranger(place, at)][: mails - place * ROUND]


def _conversation(number: int, at: datetime) -> Iterator[Row]:
    contact, agent, name = CONTACTS[number % 2], AGENTS[number % 3 % 2], f"ask-{number}"
    asks = {"id": name, "from": contact, "to": "support@desk.example", "subject": f"Screen {number} hangs"}
    yield asks | {"at": _at(at), "text": WORDS * 5}
    for hours, writer, text in (
        (3, agent, f"Could you try again?\n{WORDS}\n\n/time 20m\n/wait"),
        (20, contact, f"I did, and it is the same.\n{WORDS * 2}"),
        (27, agent, f"Now it is mended.\n{WORDS}\n\n/time 10m\n/resolve"),
    ):
        yield {"at": _at(at + timedelta(hours=hours)), "from": writer, "answers": name, "text": text}


def _machine(number: int, at: datetime) -> Row:
    away = {"from": CONTACTS[number % 2], "to": "support@desk.example", "subject": "Away until Monday"}
    return away | {"at": _at(at), "text": "I am not here.", "automatic": "auto-replied"}


def _stranger(number: int, at: datetime) -> Row:
    offer = {"from": STRANGER.format(number=number), "to": "support@desk.example", "subject": f"Offer {number}"}
    return offer | {"at": _at(at + timedelta(minutes=7)), "text": WORDS * 3}


def _at(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat()


def _table(row: Row) -> str:
    lines = [f"at = {row['at']}", f'from = "{row["from"]}"', f'text = """{row["text"]}"""']
    lines += [f'{key} = "{row[key]}"' for key in ("id", "subject") if key in row]
    lines += [f'to = ["{row["to"]}"]'] if "to" in row else []
    lines += [f'answers = {{ ticket = "{row["answers"]}" }}'] if "answers" in row else []
    lines += [f'headers = {{ Auto-Submitted = "{row["automatic"]}" }}'] if "automatic" in row else []
    return "\n[[mail]]\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
