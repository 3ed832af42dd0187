"""The servers and desks that the tests of faults may ask for."""

from tests.system.conftest import desk, new_desk, sink

__all__ = ["desk", "new_desk", "sink"]
