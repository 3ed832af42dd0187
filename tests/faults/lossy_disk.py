"""A disk that tells what may be left of its files when the power fails.

    with lossy_disk(folder) as recorder:
        …                                     SQLite works as ever, and each step of it is written down
    platter = Platter()
    platter.take(recorder.steps[:place])      the power fails after so many steps
    platter.left(Random(seed))                what is found then: file name to content

What was synced is there. Of what was written or cut off since, any part may be, in any order, and a write may be torn
between two sectors; what nobody wrote in a file that grew may be noise. A file that was made or deleted may or may not
be there until its folder was synced. The -shm file is memory and gone. Of a sector that is written no other byte is at
risk: SQLite relies on that, too (its "powersafe overwrite").
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from random import Random

import apsw

NAME = "lossy"
SECTOR = 512
WITH_FOLDER = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL
"""The first sync of such a file syncs the folder, too (`unixOpen` and `unixSync` of SQLite's os_unix.c)."""
SHARES = (0.0, 0.1, 0.5, 0.9, 1.0, 1.0, 1.0)
"""How much is left of what was not synced: of the writes, and of the sectors of these."""


class Kind(Enum):
    OPEN = auto()
    WRITE = auto()
    CUT = auto()
    SYNC = auto()
    DELETE = auto()
    SYNC_FOLDER = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """What SQLite did to a file, which is cut `at` its new size; to the folder, if it has no name."""

    kind: Kind
    name: str = ""
    at: int = 0
    written: bytes = field(default=b"", repr=False)


@dataclass
class Content:
    """Of one file: as it was synced last, and what happened since."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[Step] = field(default_factory=list)

    def sync(self) -> None:
        self.synced = self.whole()
        self.since = []

    def whole(self) -> bytearray:
        """As it is while there is power."""
        content = self.synced if not self.since else bytearray(self.synced)
        for step in self.since:
            _put(content, step, bytes)
        return content

    def left(self, random: Random) -> bytearray:
        """Something of it."""
        share, sectors = random.choice(SHARES), random.choice(SHARES)
        filled: Callable[[int], bytes] = random.choice((bytes, random.randbytes))
        content = bytearray(self.synced)
        steps = [step for step in self.since if random.random() < share]
        if random.random() < 0.5:
            random.shuffle(steps)
        for step in steps:
            for part in _torn(step, sectors, random):
                _put(content, part, filled)
        return content


class Platter:
    """A folder of files: as the programs see it, and as it stands on the disk."""

    def __init__(self) -> None:
        self._seen = dict[str, Content]()
        self._synced = dict[str, Content]()

    def take(self, steps: Iterable[Step]) -> None:
        for step in steps:
            match step.kind:
                case Kind.OPEN:
                    self._seen.setdefault(step.name, Content())
                case Kind.DELETE:
                    del self._seen[step.name]
                case Kind.SYNC_FOLDER:
                    self._synced = dict(self._seen)
                case Kind.SYNC:
                    self._seen[step.name].sync()
                case _:
                    self._seen[step.name].since.append(step)

    def whole(self) -> dict[str, bytes]:
        """The files while there is power."""
        return {name: bytes(content.whole()) for name, content in self._seen.items()}

    def synced(self) -> dict[str, bytes]:
        """The least that may be left."""
        return {name: bytes(content.synced) for name, content in self._synced.items()}

    def left(self, random: Random) -> dict[str, bytes]:
        """One of the many things that may be left."""
        found = dict[str, bytes]()
        for name in sorted(self._seen.keys() | self._synced.keys()):
            content = random.choice((self._seen.get(name), self._synced.get(name)))
            if content is not None:
                found[name] = bytes(content.left(random))
        return found


def _torn(step: Step, share: float, random: Random) -> Iterator[Step]:
    """So many sectors of a write."""
    if step.kind != Kind.WRITE or share == 1:
        yield step
        return
    begin, end = step.at, step.at + len(step.written)
    while begin < end:
        until = min(end, begin - begin % SECTOR + SECTOR)
        if random.random() < share:
            yield Step(Kind.WRITE, step.name, begin, step.written[begin - step.at : until - step.at])
        begin = until


def _put(content: bytearray, step: Step, filled: Callable[[int], bytes]) -> None:
    if step.kind == Kind.CUT:
        del content[step.at :]
    if len(content) < step.at:
        content += filled(step.at - len(content))
    content[step.at : step.at + len(step.written)] = step.written


class Recorder(apsw.VFS):
    """Passes all on to the platform, and keeps the steps of the files of one folder."""

    def __init__(self, folder: Path) -> None:
        self.steps: list[Step] = []
        self._folder = folder
        super().__init__(NAME, "", makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None or Path(path).parent != self._folder:
            return apsw.VFSFile("unix", name, flags)
        file = _File(self, Path(path).name, name, flags)
        self.steps.append(Step(Kind.OPEN, Path(path).name))
        return file

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        if Path(filename).parent == self._folder:
            self.steps.append(Step(Kind.DELETE, Path(filename).name))
            self.steps += [Step(Kind.SYNC_FOLDER)] if syncdir else []


class _File(apsw.VFSFile):
    def __init__(self, of: Recorder, called: str, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self._steps, self._called = of.steps, called
        self._syncs_folder = bool(flags[0] & apsw.SQLITE_OPEN_CREATE and flags[0] & WITH_FOLDER)

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._steps.append(Step(Kind.WRITE, self._called, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self._steps.append(Step(Kind.CUT, self._called, newsize))

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._steps.append(Step(Kind.SYNC, self._called))
        if self._syncs_folder:
            self._steps.append(Step(Kind.SYNC_FOLDER))
            self._syncs_folder = False


@contextmanager
def lossy_disk(folder: Path) -> Iterator[Recorder]:
    """Connections that are opened meanwhile are recorded; close them before it ends."""
    recorder = Recorder(folder)
    try:
        yield recorder
    finally:
        recorder.unregister()
    assert NAME not in apsw.vfs_names()
