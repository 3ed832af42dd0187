"""Other programs' servers, private ones: those that the tests run, which need the extra dev and Debian's packages.

Each raises Skipped where it is not installed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.harness import Skipped

DISCARD = "default_transport = discard:\nmax_use = 10000"


@contextmanager
def postfix() -> Iterator[tuple[int, int]]:
    """A Postfix that takes all mail into its queue and discards it from there: its port and process."""
    with _server("postfix", domains={}, settings=DISCARD) as server:
        yield server.port, server.pid


@contextmanager
def dovecot() -> Iterator[Any]:
    """A Dovecot with users, as `tests.servers.dovecot` has it."""
    with _server("dovecot") as server:
        yield server


@contextmanager
def _server(name: str, **options: Any) -> Iterator[Any]:
    try:
        from importlib import import_module

        module = import_module(f"tests.servers.{name}")
        from _pytest.outcomes import Failed
        from _pytest.outcomes import Skipped as NotInstalled
    except ImportError as missing:
        raise Skipped(f"needs {missing.name} (pip install '.[dev]', in a source tree)") from missing
    try:
        with module.running(**options) as server:
            yield server
    except (NotInstalled, Failed) as refused:
        raise Skipped(str(refused)) from refused
