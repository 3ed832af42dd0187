"""The table `[node]`: what this machine does where several run one desk on a shared database (`[database]`).

Without a shared database there is one node, which does everything, with one worker: `node_problems` says so.
"""

import socket
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from helpdeskd.config.fields import Name, Rows, Table, key
from helpdeskd.config.problems import Problem

Role = Literal["intake", "worker", "delivery", "clock"]
INTAKE: Final = "intake"
WORKER: Final = "worker"
DELIVERY: Final = "delivery"
CLOCK: Final = "clock"
ROLES: tuple[Role, ...] = (INTAKE, WORKER, DELIVERY, CLOCK)
MOST_WORKERS = 64
ONLY_SHARED = {"roles": "one machine does everything", "workers": "SQLite takes one writer at a time, so one is all"}


class NodeTable(Table):
    """This machine, where several run one desk on a shared database."""

    name: Name | None = key(
        None, "What it is called, as no other node is; without it, the name of the machine.", such="node1"
    )
    roles: Rows[Role] = key(
        ROLES, "What it does: takes mail in, decides it, sends mail, and does what is due.", min_length=1
    )
    workers: Annotated[int, Field(ge=1, le=MOST_WORKERS)] | None = key(
        None, "Processes that decide mail; without it one for each core with a shared database, and else one.", such=2
    )
    lease: Annotated[int, Field(ge=2, le=3600)] = key(
        60, "Seconds that the others wait for a node that fell silent with mail in hand."
    )

    @property
    def called(self) -> str:
        """Its name among the nodes."""
        return self.name or socket.gethostname()

    def does(self, role: Role) -> bool:
        """Whether it has that role."""
        return role in self.roles


def node_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """What a file says of a node that has no shared database; `data` as `tomllib` returns it."""
    node, database = data.get("node"), data.get("database")
    if not isinstance(node, dict) or (isinstance(database, dict) and "url" in database):
        return
    if isinstance(workers := node.get("workers"), int) and workers > 1:
        yield Problem(("node", "workers"), f"is {workers} without a [database] url ({ONLY_SHARED['workers']})")
    if isinstance(roles := node.get("roles"), list) and set(ROLES) - set(map(str, roles)):
        yield Problem(("node", "roles"), f"leaves roles out without a [database] url ({ONLY_SHARED['roles']})")
