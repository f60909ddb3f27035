"""Many who ask for one entity each become one question to the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from kota.model.entity import Entity

Find = Callable[[Sequence[str]], Awaitable[Mapping[str, Entity]]]
"""Finds entities by id, as far as they are there."""


class Lookup:
    """Gathers ids while a question is under way, and asks for all of them in the next.

    Args:
        find: asks the database.
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._wanted: dict[str, asyncio.Future[Entity | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def find(self, entity_id: str) -> Entity | None:
        """The entity, or None.

        Raises:
            StoreError: the database is away, or refuses.
        """
        answer = self._wanted.get(entity_id)
        if answer is None:
            answer = self._wanted[entity_id] = asyncio.get_running_loop().create_future()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name="kota-look-up")
        return await asyncio.shield(answer)

    async def _ask(self) -> None:
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            try:
                found = await self._find(list(wanted))
            except Exception as error:  # noqa: BLE001 - each of those who ask must hear of it
                for answer in wanted.values():
                    answer.set_exception(error)
                    answer.exception()
                continue
            for entity_id, answer in wanted.items():
                answer.set_result(found.get(entity_id))
