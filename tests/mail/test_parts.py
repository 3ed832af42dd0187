"""The tree of a mail's parts, sound and broken."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail import limits
from helpdeskd.mail.fields import read_head
from helpdeskd.mail.parts import content, parameters, read_tree


def tree(raw):
    return read_tree(raw, read_head(raw, 0, len(raw)))


def leaves(raw):
    return [(leaf.position, leaf.type, content(raw, leaf)) for leaf in tree(raw).leaves()]


def mixed(*parts, boundary=b"b", end=b"--b--\n"):
    return (
        b"Content-Type: multipart/mixed; boundary=" + boundary + b"\n\n" + b"".join(b"--b\n" + p for p in parts) + end
    )


def nested(depth):
    heads = (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))
    return b"".join(heads) + b"\nhello"


def test_parts_are_found_with_their_position():
    raw = mixed(b"\none\n", b"Content-Type: text/html\n\ntwo\n")
    assert leaves(raw) == [("1", "text/plain", b"one"), ("2", "text/html", b"two")]


def test_a_mail_without_parts_is_one_leaf():
    assert leaves(b"Subject: a\n\nbody") == [("", "text/plain", b"body")]


def test_a_nested_mail_is_one_leaf():
    raw = mixed(b"Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ninner\n--c--\n")
    assert [kind for _, kind, _ in leaves(raw)] == ["message/rfc822"]


def test_a_part_of_a_digest_is_a_mail_by_default():
    raw = b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ny\n--b--\n"
    assert leaves(raw) == [("1", "message/rfc822", b"Subject: x\n\ny")]


@pytest.mark.parametrize("boundary", [b'"b"', b'\r\n "b"', b'"b "', b"b; charset=utf-8"])
def test_a_boundary_may_be_quoted_folded_or_padded(boundary):
    assert [body for _, _, body in leaves(mixed(b"\none\n", boundary=boundary))] == [b"one"]


def test_a_boundary_that_another_one_begins_with_is_not_taken_for_it():
    raw = mixed(b"Content-Type: multipart/alternative; boundary=b-2\n\n--b-2\n\ninner\n--b-2--\n", b"\nouter\n")
    assert [body for _, _, body in leaves(raw)] == [b"inner", b"outer"]


def test_a_missing_closing_line_loses_nothing():
    assert [body for _, _, body in leaves(mixed(b"\none\n", b"\ntwo", end=b""))] == [b"one", b"two"]


def test_a_boundary_that_is_not_declared_is_guessed():
    raw = b"Content-Type: multipart/mixed\n\n--xyz\nContent-Type: text/plain\n\nhello\n--xyz--\n"
    assert [body for _, _, body in leaves(raw)] == [b"hello"]


def test_a_boundary_that_never_occurs_leaves_a_text():
    assert leaves(b"Content-Type: multipart/mixed; boundary=b\n\nhello") == [("", "text/plain", b"hello")]


@pytest.mark.parametrize(
    ("encoding", "sent", "meant"),
    [
        (b"base64", b"aGVs\nbG8=", b"hello"),
        (b"BASE64", b"aGVsbG8", b"hello"),
        (b"base64", b"aGVsbG8=x", b"hello"),
        (b"base64", b"aGVsb", b"hel"),
        (b"quoted-printable", b"h=65ll=\no", b"hello"),
        (b"x-uuencode", b"begin 644 a\n%:&5L;&\\\nend\n", b"hello"),
        (b"8bit", b"hello", b"hello"),
        (b"nonsense", b"hello", b"hello"),
    ],
)
def test_content_is_decoded(encoding, sent, meant):
    assert leaves(b"Content-Transfer-Encoding: " + encoding + b"\n\n" + sent)[0][2] == meant


def test_a_uuencoded_line_that_is_too_short_makes_no_bytes():
    assert leaves(b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\nM\nM\nend\n")[0][2] == b""


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ('a/b; name="x y.pdf"', "x y.pdf"),
        ("a/b; name*=utf-8''S%C3%B8ren.pdf", "Søren.pdf"),
        ("a/b; name*0*=utf-8''S%C3; name*1*=%B8ren.pdf", "Søren.pdf"),
        ('a/b; name="=?utf-8?q?S=C3=B8ren=2Epdf?="', "Søren.pdf"),
        ("a/b; name*=undefined''x", "x"),
        ("a/b; name*" + "9" * 5000 + "*=x", ""),
        ("a/b" + "; x=y" * 70 + "; name=z", ""),
    ],
)
def test_a_parameter_is_read_in_all_its_spellings(value, meant):
    assert parameters(value).get("name", "") == meant


@pytest.mark.parametrize(("count", "over"), [(limits.MAX_PARTS - 1, False), (limits.MAX_PARTS, True)])
def test_the_number_of_parts_is_capped(count, over):
    raw = mixed(*[b"\nx\n"] * count)
    if over:
        with pytest.raises(limits.OverLimit):
            tree(raw)
    else:
        assert len(leaves(raw)) == count


@pytest.mark.parametrize(("depth", "over"), [(limits.MAX_DEPTH, False), (limits.MAX_DEPTH + 1, True)])
def test_the_depth_of_parts_is_capped(depth, over):
    if over:
        with pytest.raises(limits.OverLimit):
            tree(nested(depth))
    else:
        assert leaves(nested(depth))[0][2] == b"hello"


@given(st.binary(max_size=100))
def test_base64_gives_back_what_was_encoded(data):
    assert leaves(b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data))[0][2] == data


@given(
    st.lists(st.sampled_from([b"--b", b"--b--", b"\n", b"--c\n", b"Content-Type: multipart/mixed; boundary=c\n", b"x"]))
)
def test_any_mixture_of_delimiters_has_a_tree(pieces):
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"".join(pieces)
    assert all(0 <= leaf.start <= leaf.end <= len(raw) for leaf in tree(raw).leaves())
