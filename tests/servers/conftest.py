"""The servers that the tests of this room may ask for."""

from tests.servers.postfix import postfix

__all__ = ["postfix"]
