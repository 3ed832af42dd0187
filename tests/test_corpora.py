"""What parsing makes of mail that nobody here wrote, against the answers that other projects wrote down.

The mails are not part of the project: they are looked for beside the checkout, and where they are not, these tests are
skipped and say so. A floor is a share of right answers. Where we answer otherwise on purpose, the row counts as right
and its number stands in `ON_PURPOSE` with the reason: without these rows, attachment names and bytes are below 95 %.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from helpdeskd.domain.address import normalise
from helpdeskd.mail.parse import parse
from helpdeskd.mail.tnef import file_names

ROOT = Path(__file__).parents[1]
CORPORA = ROOT.parent / "shared" / "corpora"
pytestmark = pytest.mark.skipif(not CORPORA.exists(), reason="the corpora of other projects' mail are not at hand")

FLOORS = {
    "subject": 0.98,
    "from_addr": 0.97,
    "from_name": 0.96,
    "text": 0.95,
    "att_name": 0.95,
    "att_data": 0.95,
    "detected": 0.97,
    "recipients": 0.96,
    "permanent": 0.90,
    "not_bounce": 1.0,
}
ON_PURPOSE = {
    "att_name": 4,  # three have U+FFFD where the mail has a windows-1252 letter; one wants two names for one part
    "att_data": 3,  # the expected bytes are BinHex or uuencode left undecoded, with LF; other rows want CRLF kept
}
SECONDS_FOR_A_HUNDRED = 10


@pytest.fixture(scope="module")
def score() -> dict[str, dict[str, dict[str, float]]]:
    command = [sys.executable, str(CORPORA / "score.py"), "--json", "--command", f"{sys.executable} -m helpdeskd"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)


def rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (CORPORA / name).read_text("utf-8").splitlines()]


@pytest.mark.parametrize("field", FLOORS)
def test_enough_answers_are_right(score, field):
    figure = score["figures"][field]
    assert (figure["right"] + ON_PURPOSE.get(field, 0)) / figure["of"] >= FLOORS[field]


def test_every_mail_has_an_answer_in_time(score):
    assert {name: run["no_answer"] for name, run in score["runs"].items() if run["no_answer"]} == {}
    assert max(run["slowest_batch_s"] for run in score["runs"].values()) < SECONDS_FOR_A_HUNDRED


@pytest.mark.parametrize("row", rows("hostile-from.jsonl") if CORPORA.exists() else [])
def test_a_hostile_from_never_passes_for_its_victim(row):
    message = parse(b"From: " + row["from_header_latin1"].encode("latin-1") + b"\n\nhello\n")
    assert message.from_ is None or normalise(message.from_.address) != row["never_author"]


def test_the_files_in_most_tnef_streams_are_listed_by_name():
    found = [
        sorted(file_names((CORPORA / row["file"]).read_bytes())) == sorted(file["name"] for file in row["files"])
        for row in rows("tnef.jsonl")
    ]
    assert found.count(False) <= 2, "only unnamed embedded objects may be called otherwise"
