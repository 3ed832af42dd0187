"""A Dovecot that lets clients in by access tokens, which it has a token server explain (RFC 7662).

`with taking_tokens(server, relay) as dovecot:` serves IMAP as ever, with the passwords too, and submission on
`dovecot.submission_port`, which hands mail on to the mail server at port `relay` of this machine.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.dovecot import Dovecot, running
from tests.servers.process import free_port
from tests.servers.token_server import TokenServer

CONFIGURATION = """
auth_mechanisms = plain login xoauth2 oauthbearer
protocols = imap submission
hostname = localhost
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {submission}
  }}
}}
"""
INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
force_introspection = yes
active_attribute = active
active_value = true
username_attribute = username
tls_ca_cert_file = {folder}/token-authority.pem
"""


class TokenDovecot(Dovecot):
    submission_port: int


@contextmanager
def taking_tokens(server: TokenServer, relay: int = 9) -> Iterator[TokenDovecot]:
    """It runs until the end of the block; `stop` and `start` are allowed."""
    submission = free_port()

    def more(folder: Path) -> str:
        shutil.copy(server.authority, folder / "token-authority.pem")
        (folder / "token-authority.pem").chmod(0o644)
        (folder / "oauth2.conf").write_text(INTROSPECTION.format(url=server.introspection, folder=folder))
        return CONFIGURATION.format(relay=relay, folder=folder, submission=submission)

    with running(more=more) as dovecot:
        dovecot.submission_port = submission  # type: ignore[attr-defined]
        yield dovecot  # type: ignore[misc]
