"""What a reload of the configuration cannot change while the daemon runs: it is refused, or counts after a restart."""

from helpdeskd.config.load import Settings
from helpdeskd.daemon.ways_in import listeners

CERTIFICATE = {"tls_cert", "tls_key"}


def refuse_to_move(old: Settings, new: Settings) -> None:
    """Raises ValueError for another database or state folder."""
    if old.state != new.state:
        raise ValueError(f"state.folder: cannot change from {old.state} while the daemon runs (restart it)")
    if old.database.url != new.database.url:
        raise ValueError("database.url: cannot change while the daemon runs (restart it)")


def after_a_restart(old: Settings, new: Settings) -> list[str]:
    """The tables whose changes count after a restart only. A certificate counts at once."""
    ways_in = [
        [(kind, table.model_dump(exclude=CERTIFICATE)) for kind, table in listeners(each)] for each in (old, new)
    ]
    changed = {
        "listeners": ways_in[0] != ways_in[1],
        "mailbox": old.mailboxes != new.mailboxes,
        "node": old.node != new.node,
        "objects": old.objects != new.objects,
        "oauth": old.oauth != new.oauth,
        "smarthost": old.smarthost != new.smarthost,
        "metrics": old.metrics != new.metrics,
    }
    return [name for name, differs in changed.items() if differs]
