"""The servers that the tests of this room may ask for."""

from tests.servers.dovecot import dovecot, dovecot_with, private_dovecot

__all__ = ["dovecot", "dovecot_with", "private_dovecot"]
