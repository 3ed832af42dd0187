"""The tables by which the desk itself is watched: figures for a monitoring system, and alarms for the sysadmin.

Neither is read by a decision over mail. Where they name what other tables have, `config.references` asks.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import PlainValidator, model_validator

from helpdeskd.config.fields import Address, Count, Duration, Name, Rows, Size, Table, key
from helpdeskd.config.servers import listen_at, on_loopback

GIB = 1024**3


def _own_place(value: object) -> str:
    """A place to listen at that the daemon opens itself."""
    place = listen_at(value)
    if place.startswith("systemd:"):
        raise ValueError(f'"{value}" is for mail only ("127.0.0.1:9464" or "/run/helpdeskd/metrics.sock")')
    return place


class MetricsTable(Table):
    """Figures for Prometheus, and whatever reads its text format."""

    listen: Annotated[str, PlainValidator(_own_place)] | None = key(
        None,
        "Where they are read, at /metrics: host and port, or a path for a Unix socket; without it, nowhere.",
        such="127.0.0.1:9464",
    )
    open_to_network: bool = key(
        False, "Whether listen may be an address that other machines reach; there is no password."
    )

    @model_validator(mode="after")
    def _for_this_machine(self) -> "MetricsTable":
        if self.listen and not (self.open_to_network or on_loopback(self.listen)):
            raise ValueError(
                f"{self.listen} is not on this machine alone (use 127.0.0.1, a Unix socket, or open_to_network = true)"
            )
        return self


class AlarmsTable(Table):
    """Who hears of trouble of the desk itself, and from when on it is trouble."""

    to: Rows[Address] = key(
        (),
        "Addresses of whoever looks after the desk, none of its own; without any, alarms are only logged.",
        such=["root@desk.example"],
    )
    channels: Rows[Name] = key(
        (), "Webhooks and lists of services of [duty], by name, and hook, that are told too.", such=["chat"]
    )
    mails_per_hour: Count = key(6, "The most mails of alarms in an hour; further ones are collected.")
    inbox_lag: Duration = key(timedelta(minutes=15), "How long a mail may wait for its turn.", such="15 minutes")
    outbox_lag: Duration = key(timedelta(hours=1), "How long a mail may wait to be sent.", such="1 hour")
    held_age: Duration = key(timedelta(days=7), "How long a mail may be held.", such="7 days")
    free_disk: Size = key(GIB, "Free space in the state folder below which there is an alarm.", such="1 GiB")
