"""What happens to two nodes on PostgreSQL beside what happens to any desk: they take turns, one is silent for longer
than its lease, and one is stopped over a mail while the other goes on.
"""

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.machine.machine import CUSTOMERS, Machine
from tests.machine.nodes import Nodes

MEANWHILE = ("a mail", "a tick", "work", "work and mail", "a kill")


class TwoNodes(Machine):
    """Every step happens to the node at turn."""

    kind = Nodes
    desk: Nodes

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.a_node_is_stopped_over_a_mail(silent=True, meanwhile=["work and mail"])
        self.all_goes_well()

    @rule()
    def the_other_node_goes_on(self) -> None:
        self.desk.turns()

    @rule()
    def the_other_node_is_silent_for_long(self) -> None:
        """What it was sending may have arrived."""
        self.desk.turns()
        self.cut_in_hand()
        self.desk.turns()
        self.desk.other_is_silent()

    @rule(silent=st.booleans(), meanwhile=st.lists(st.sampled_from(MEANWHILE), max_size=3))
    def a_node_is_stopped_over_a_mail(self, silent: bool, meanwhile: list[str]) -> None:
        """The other goes on, and takes the mail where the first is silent for long; then that wakes up."""
        self.a_customer_asks(CUSTOMERS[1], None)
        steps: dict[str, Callable[[], None]] = {
            "a mail": lambda: self.a_customer_asks(CUSTOMERS[1], None),
            "a tick": lambda: self.desk.parts.ticks(),
            "work": lambda: self.desk.parts.works(),
            "work and mail": self.all_goes_well,
            "a kill": self.it_is_killed,
        }

        def happens() -> None:
            if silent:
                self.the_other_node_is_silent_for_long()
            for step in [*meanwhile, "work"]:
                steps[step]()

        with self.desk.stopped(happens):
            self.desk.parts.works()

    def everything_is_done_in_the_end(self) -> None:
        """Also what the other node has in hand."""
        self.the_other_node_is_silent_for_long()
        super().everything_is_done_in_the_end()
