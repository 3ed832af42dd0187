"""What is said to a mail server that is shown a token."""

import pytest

from helpdeskd.mail.oauth import NoToken, exchange

SERVER = ("imap.desk.example", 993)


def test_xoauth2_is_the_user_and_the_token_and_answers_a_refusal_with_nothing():
    login, after_refusal = exchange("XOAUTH2", "anna@desk.example", "ya29.A-b_c~d+e/f==", SERVER)
    assert login == b"user=anna@desk.example\x01auth=Bearer ya29.A-b_c~d+e/f==\x01\x01"
    assert after_refusal == b""


def test_oauthbearer_is_as_in_its_standard_and_answers_a_refusal_with_one_octet():
    login, after_refusal = exchange("OAUTHBEARER", "a,b=c@desk.example", "t", SERVER)
    assert login == b"n,a=a=2Cb=3Dc@desk.example,\x01host=imap.desk.example\x01port=993\x01auth=Bearer t\x01\x01"
    assert after_refusal == b"\x01"


@pytest.mark.parametrize("token", ["", "a b", "a\x01auth=Bearer b", "a\n", "ä", "a=b", '{"access_token": "a"}'])
def test_what_is_no_token_is_not_shown_to_a_server(token: str):
    with pytest.raises(NoToken, match=r"anna was given as an access token is none") as told:
        exchange("XOAUTH2", "anna", token, SERVER)
    assert not token or token not in str(told.value)
