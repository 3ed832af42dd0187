"""What waits together is stored together: a transaction, and a wait for the disk, for many instead of one each.

In: one thing at a time, each by its own caller on the event loop. Out: what `store` returned for it, after it returned.
The first that comes is stored at once, and whatever comes meanwhile is the next group, within limits; so nobody waits
for others to come, and the busier it gets the less each costs. Where the database is not available, all of a group are
told so. Any other fault may be one thing's alone: the group is stored again, one by one, and who fails then hears its
own exception. `store` must be all or nothing, and of no effect where it raises.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from helpdeskd.storage.db import Unavailable

T = TypeVar("T")
R = TypeVar("R")
Waiting = tuple[T, asyncio.Future[R]]

MOST = 64
MOST_BYTES = 8 * 1024 * 1024


class Together(Generic[T, R]):
    """Hands things on to `store` in groups of at most MOST and, but for one, MOST_BYTES; `size` is a thing's bytes."""

    def __init__(self, store: Callable[[Sequence[T]], Awaitable[Sequence[R]]], size: Callable[[T], int]) -> None:
        self._store, self._size = store, size
        self._waiting: deque[Waiting[T, R]] = deque()
        self._work: asyncio.Task[None] | None = None

    async def __call__(self, thing: T) -> R:
        """What `store` returns for this one. Raises what it raises. A cancelled await does not stop the storing."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[R] = loop.create_future()
        self._waiting.append((thing, answer))
        if self._work is None:
            self._work = loop.create_task(self._empty())
        return await answer

    async def _empty(self) -> None:
        """Until nothing waits any more."""
        try:
            while self._waiting:
                await self._settle(self._group())
        finally:
            self._work = None

    def _group(self) -> list[Waiting[T, R]]:
        group = [self._waiting.popleft()]
        room = MOST_BYTES - self._size(group[0][0])
        while self._waiting and len(group) < MOST and (room := room - self._size(self._waiting[0][0])) >= 0:
            group.append(self._waiting.popleft())
        return group

    async def _settle(self, group: list[Waiting[T, R]]) -> None:
        """Store a group, and tell each caller."""
        try:
            results = await self._store([thing for thing, _ in group])
        except Exception as fault:
            if len(group) > 1 and not isinstance(fault, Unavailable):
                for each in group:
                    await self._settle([each])
                return
            for _, answer in group:
                if not answer.done():  # cancelled: its caller does not wait any more
                    answer.set_exception(fault)
        else:
            for (_, answer), result in zip(group, results, strict=True):
                if not answer.done():
                    answer.set_result(result)
