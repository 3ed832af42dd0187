"""What decides over mail, put together from the configuration: templates, keys, and the marks of this database."""

from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from helpdeskd.config.load import Loaded
from helpdeskd.daemon.letters import Post
from helpdeskd.domain.token import Keyring
from helpdeskd.mail.compose import Composer
from helpdeskd.storage import db, directory


class Office:
    """Made once for a configuration; `post` is asked anew for each batch, because the roster follows the directory.

    Raises ConfigErrors when the token keys cannot be read.
    """

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.composer = composer_of(loaded)
        self._keys = loaded.settings.token_keys

    @property
    def mark(self) -> bytes:
        """A secret of this desk, for hashes in the log."""
        return self._keys[-1]

    def post(self) -> Post:
        """Everything that a turn needs, as the directory is now. Reads the database."""
        epoch = db.epoch()
        agents = directory.StoredDirectory().agents()
        desk = self.loaded.desk_for(agents, directory.duty_roster()) if agents else self.loaded.desk
        return Post(desk, self.composer, Keyring(self._keys, epoch), f"{desk.domain}/{epoch}")


def composer_of(loaded: Loaded) -> Composer:
    """The templates: the operator's folder first, ours behind it."""
    own = loaded.settings.templates
    return Composer([*([own] if own else []), shipped("templates")], loaded.desk.language)


def settle_in(loaded: Loaded) -> None:
    """Store the directory that the configuration holds or names, while nobody is stored yet."""
    written = loaded.directory
    if written is not None and directory.is_empty():
        directory.replace(written.customers, written.agents, written.duty_roster)


def with_state(loaded: Loaded, folder: Path) -> Loaded:
    """The same configuration with another state folder."""
    return replace(loaded, settings=replace(loaded.settings, state=folder))


def shipped(name: str) -> Traversable:
    """A folder that comes with the package: beside its modules in a wheel, at the top of a source checkout."""
    inside = files("helpdeskd") / name
    return inside if inside.is_dir() else Path(__file__).parents[2] / name
