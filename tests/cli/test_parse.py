"""`helpdeskd parse` prints what the desk sees in a mail, and passes over what is none."""

import json

import pytest

from helpdeskd.cli import main

MAIL = (
    b"From: Anna de Vries <anna@bakery.example>\nTo: support@desk.example\nSubject: Invoice\n"
    b"Message-ID: <m1@bakery.example>\nDate: Mon, 2 Nov 2026 09:14:00 +0100\n"
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nIt hangs.\n\n> Does it hang?\n"
    b"--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=a.png\n\npng\n--b--\n"
)


@pytest.fixture
def mail(tmp_path):
    path = tmp_path / "a.eml"
    path.write_bytes(MAIL)
    return str(path)


def test_a_mail_is_one_line_of_json(mail, capsys):
    assert main(["parse", "--json", mail]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    row = json.loads(line)
    assert row["file"] == mail
    assert row["from"] == {"address": "anna@bakery.example", "name": "Anna de Vries"}
    assert (row["to"], row["cc"]) == ([{"address": "support@desk.example", "name": ""}], [])
    assert (row["message_id"], row["in_reply_to"], row["references"]) == ("<m1@bakery.example>", "", [])
    assert row["date"] == "2026-11-02T09:14:00+01:00"
    assert (row["text"], row["new_text"]) == ("It hangs.\n\n> Does it hang?", "It hangs.")
    assert [(a["name"], a["type"], a["size"], a["inline"]) for a in row["attachments"]] == [
        ("a.png", "image/png", 3, False)
    ]
    assert (row["nature"], row["bounce"], row["defects"]) == ("person", None, [])


def test_a_bounce_tells_who_was_not_reached(tmp_path, capsys):
    path = tmp_path / "b.eml"
    path.write_bytes(
        b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n<a@x.example>:\n550 5.1.1 User unknown\n"
    )
    assert main(["parse", "--json", str(path)]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["nature"] == "bounce"
    assert row["bounce"] == {
        "recipients": [
            {"address": "a@x.example", "action": "failed", "status": "5.1.1", "permanent": True, "bad_address": True}
        ]
    }


def test_what_is_no_mail_is_told_and_the_rest_is_still_printed(mail, tmp_path, capsys):
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "empty").write_bytes(b"")
    files = [str(tmp_path / name) for name in ("missing", "binary", "empty")]
    assert main(["parse", "--json", *files, mail]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["file"] for row in rows] == [*files, mail]
    assert all(set(row) == {"file", "error"} for row in rows[:3])
    assert "subject" in rows[3]


def test_a_doubt_about_the_author_is_told(tmp_path, capsys):
    path = tmp_path / "c.eml"
    path.write_bytes(b"From: a@good, b@bad\n\nhello\n")
    main(["parse", "--json", str(path)])
    row = json.loads(capsys.readouterr().out)
    assert (row["from"], row["defects"]) == (None, ["From is not exactly one mailbox"])


def test_without_json_it_reads_like_a_mail(mail, capsys):
    assert main(["parse", mail, "/nowhere"]) == 1
    page = capsys.readouterr().out
    assert "From:     Anna de Vries <anna@bakery.example>" in page
    assert "Attached: a.png (image/png, 3 bytes)" in page
    assert "-- whole text --" in page
    assert "not read: No such file or directory" in page
