"""The servers and desks that the attack tests may ask for."""

from tests.story.conftest import world
from tests.system.conftest import desk, dovecot, new_desk, postfix, sink

__all__ = ["desk", "dovecot", "new_desk", "postfix", "sink", "world"]
