"""The mails that everything is measured with have the proportions and sizes that they are said to have."""

from collections import Counter, defaultdict
from statistics import mean

from benchmarks.mix import CONTACTS, CUSTOMERS, LAG, MIX, SUPPORT, mails
from helpdeskd.mail.parse import parse

MANY = list(mails(400))


def test_of_twenty_mails_twelve_are_plain_five_html_two_pictures_and_one_an_archive():
    for begin in range(0, len(MANY), len(MIX)):
        kinds = Counter(mail.kind for mail in MANY[begin : begin + len(MIX)])
        assert kinds == {"plain": 12, "html": 5, "photo": 2, "archive": 1}


def test_half_of_them_are_replies_to_the_others_by_the_same_contact():
    asked = {mail.message_id: mail for mail in MANY if not mail.answers}
    replies = [mail for mail in MANY if mail.answers]
    assert len(replies) == len(asked) == len(MANY) / 2
    assert all(asked[mail.answers].sender == mail.sender for mail in replies)


def test_a_reply_never_comes_soon_after_what_it_answers_so_that_sessions_cannot_turn_them_round():
    place = {mail.message_id: number for number, mail in enumerate(MANY)}
    assert min(place[mail.message_id] - place[mail.answers] for mail in MANY if mail.answers) >= LAG


def test_two_hundred_contacts_write():
    assert len({mail.sender for mail in MANY}) == CUSTOMERS * CONTACTS == 200


def test_the_sizes_are_those_that_the_documentation_gives():
    sizes = defaultdict(list)
    for mail in MANY:
        sizes[mail.kind].append(len(mail.raw))
    middle = {kind: mean(found) for kind, found in sizes.items()}
    assert 2_200 < middle["plain"] < 2_800
    assert 13_000 < middle["html"] < 17_000
    assert 270_000 < middle["photo"] < 280_000
    assert 2_700_000 < middle["archive"] < 2_800_000
    assert 160_000 < mean(len(mail.raw) for mail in MANY) < 180_000


def test_they_are_the_same_in_every_run_but_for_the_name_of_the_run():
    again, other = list(mails(60)), list(mails(60, run="b"))
    assert again == list(mails(60))
    assert [mail.kind for mail in again] == [mail.kind for mail in other]
    assert not {mail.message_id for mail in again} & {mail.message_id for mail in other}


def test_every_mail_is_read_without_a_defect_and_has_what_its_kind_promises():
    for kind, files in (("plain", []), ("html", []), ("photo", ["photo.jpg"]), ("archive", ["logs.zip"])):
        mail = next(mail for mail in MANY if mail.kind == kind)
        message = parse(mail.raw)
        assert not message.defects
        assert message.message_id == mail.message_id
        assert [attachment.name for attachment in message.attachments] == files


def test_they_can_be_sent_as_they_are():
    for mail in MANY:
        assert b"\n" not in mail.raw.replace(b"\r\n", b"")
        assert b"\r\n." not in mail.raw
        assert mail.raw.isascii()
        assert SUPPORT.encode() in mail.raw
