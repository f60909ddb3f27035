"""Does what a rule asks for once it fired; each action once, whatever crashes in between."""

from __future__ import annotations

from typing import Protocol

import msgspec

from kota.clock import Clock
from kota.context.ingest import Fold, Patch
from kota.errors import ConflictError, KotaError, NotFoundError, StoreError
from kota.model.entity import Attribute, Entity, Kind
from kota.model.instant import SECOND
from kota.operate.actor import Actor, told
from kota.operate.alarms.alarm import alarm_id
from kota.operate.alarms.priority import Priority
from kota.operate.commands import terms as command_terms
from kota.operate.commands.room import Commands
from kota.operate.conditions.probe import Expand
from kota.operate.rules.definition import (
    Action,
    OpenWork,
    RaiseAlarm,
    RequestCommand,
    RuleDefinition,
    SendNotice,
    SetAttribute,
)
from kota.operate.rules.definition_check import OWN_TYPES
from kota.operate.rules.entity import Outcome, Record
from kota.operate.rules.joining import targets
from kota.store.state import Observation, StateStore, Write

_GUARDED = frozenset({command_terms.MODE, command_terms.SETTING, command_terms.SAFE})


class Works(Protocol):
    """Opens work orders."""

    async def open_for(
        self,
        request: str,
        actor: Actor,
        *,
        title: str,
        description: str,
        priority: Priority,
        assignee: str | None,
        due_at: int | None,
        checklist: tuple[str, ...],
        subject: str,
        alarm: str | None,
        cause: str,
    ) -> str:
        """Open one; the same request again opens none. Returns its id."""
        ...


class Tells(Protocol):
    """Sends notices."""

    async def tell(
        self, request: str, to: str, *, title: str, text: str, priority: Priority, subject: str
    ) -> str:
        """Put one into the queue; the same request again puts none. Returns its id."""
        ...


class Hands:
    """What actions are done with.

    Args:
        store: of the town.
        clock: wall time.
        expand: turns a short name into its IRI.
        commands, works, tells: where commands, work orders and notices go.
    """

    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        expand: Expand,
        *,
        commands: Commands,
        works: Works,
        tells: Tells,
    ) -> None:
        self._store = store
        self._clock = clock
        self._expand = expand
        self._commands = commands
        self._works = works
        self._tells = tells

    async def do(
        self, definition: RuleDefinition, record: Record, number: int, action: Action
    ) -> Outcome:
        """Do one action of a firing; what cannot be done is said in the outcome.

        Args:
            definition: of the rule.
            record: of the firing, durable.
            number: of the action in the rule.
            action: what to do.

        Raises:
            StoreError: nothing can be kept now; it is tried again.
        """
        sort = str(action.__struct_config__.tag)
        try:
            words, made = await self._do(definition, record, number, action)
        except StoreError:
            raise
        except KotaError as error:
            return Outcome(sort, "failed", str(error))
        return Outcome(sort, "done", words, made)

    async def _do(
        self, definition: RuleDefinition, record: Record, number: int, action: Action
    ) -> tuple[str, str | None]:
        request = f"{record.id}:{record.count}:{number}"
        actor = Actor(definition.id, "rule")
        match action:
            case RaiseAlarm():
                return "the alarm lasts while the rule holds", None
            case RequestCommand():
                return await self._command(definition, record, request, action)
            case OpenWork():
                due = action.due_within
                made = await self._works.open_for(
                    request,
                    actor,
                    title=action.title,
                    description=action.description,
                    priority=action.priority,
                    assignee=action.assignee,
                    due_at=None if due is None else self._clock.now() + int(due * SECOND),
                    checklist=action.checklist,
                    subject=record.subject,
                    alarm=_alarm(definition, record),
                    cause=record.id,
                )
                return "opened", made
            case SendNotice():
                made = await self._tells.tell(
                    request,
                    action.to,
                    title=definition.title,
                    text=action.text or definition.title,
                    priority=action.priority,
                    subject=record.subject,
                )
                return f"told {action.to}", made
            case SetAttribute():
                return await self._set(actor, record, action), None

    async def _command(
        self, definition: RuleDefinition, record: Record, request: str, action: RequestCommand
    ) -> tuple[str, str | None]:
        wanted = [action.entity or record.subject]
        if action.via is not None:
            subject = await self._present(record.subject)
            wanted = targets(subject, self._expand(action.via))
            if not wanted:
                raise NotFoundError(f"{record.subject}: its {action.via} leads nowhere")
        said: list[str] = []
        made: str | None = None
        for place, entity in enumerate(wanted):
            command = await self._commands.request(
                entity,
                action.value,
                Actor(definition.id, "rule"),
                command_id=f"{request}:{place}".removeprefix("urn:ngsi-ld:"),
                reason=action.reason or definition.title,
                cause=record.id,
            )
            made = f"urn:ngsi-ld:Command:{command.id}"
            said.append(f"{entity}: {command.state.value}")
            if command.words:
                said[-1] += f" ({command.words})"
        return "; ".join(said), made

    async def _set(self, actor: Actor, record: Record, action: SetAttribute) -> str:
        entity = await self._present(action.entity or record.subject)
        name = self._expand(action.attribute)
        self._refuse(entity, name)
        now = self._clock.now()
        attribute = Attribute(Kind.PROPERTY, action.value)
        late: list[Observation] = []
        fold = Fold(Patch(entity.id, entity.types, {name: (attribute,)}), now, late)
        line = told(
            actor,
            now,
            "rule.set",
            entity.id,
            cause=record.id,
            detail={"attribute": action.attribute, "value": action.value},
        )
        await self._store.apply([Write(entity.id, fold)], late=late, audit=[line])
        return f"{action.attribute} of {entity.id} is {msgspec.json.encode(action.value).decode()}"

    def _refuse(self, entity: Entity, name: str) -> None:
        """What Kota keeps itself, and what actuators tell, no rule may state."""
        seat = self._commands.seats.get(entity.id)
        feedback = None if seat is None else self._expand(seat.definition.feedback)
        if name == feedback or name in _GUARDED:
            raise ConflictError(
                f"{entity.id}: a rule may not state what an actuator tells",
                hint='request a command: do = "command"',
            )
        if any(self._expand(kind) in entity.types for kind in OWN_TYPES):
            raise ConflictError(f"{entity.id}: Kota keeps it itself")

    async def _present(self, entity_id: str) -> Entity:
        found = await self._store.get(entity_id)
        if found is None:
            raise NotFoundError(f"{entity_id}: there is none")
        return found


def _alarm(definition: RuleDefinition, record: Record) -> str | None:
    """The id of the alarm that the same rule raises."""
    raises = any(isinstance(one, RaiseAlarm) for one in definition.then)
    return alarm_id(definition.id, record.id) if raises else None
