"""Writes a context source registration as clients read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kota.context.sources.registration import (
    TYPE,
    EntityInfo,
    Information,
    Interval,
    Management,
    Registration,
)
from kota.model.instant import render

Compact = Callable[[str], str]


def write_registration(
    registration: Registration, compact: Compact, *, sys_attrs: bool = False
) -> dict[str, Any]:
    """A JSON object without ``@context``.

    Args:
        registration: what to write.
        compact: shortens names.
        sys_attrs: with createdAt and modifiedAt.
    """
    expires_at = registration.expires_at
    shown = {
        "id": registration.id,
        "type": TYPE,
        "registrationName": registration.name,
        "description": registration.description,
        "information": [_information(one, compact) for one in registration.information],
        "tenant": registration.tenant,
        "observationInterval": _interval(registration.observation_interval),
        "managementInterval": _interval(registration.management_interval),
        "location": registration.location,
        "observationSpace": registration.observation_space,
        "operationSpace": registration.operation_space,
        "expiresAt": None if expires_at is None else render(expires_at),
        "endpoint": registration.endpoint,
        "contextSourceInfo": [{"key": key, "value": value} for key, value in registration.pairs],
        "scope": _one_or_all(registration.scope),
        "mode": None if registration.mode == "inclusive" else registration.mode,
        "operations": list(registration.operations),
        "refreshRate": registration.refresh_rate,
        "management": _management(registration.management),
        "localOnly": registration.local_only,
        "datasetId": list(registration.dataset_ids),
        "contextSourceAlias": registration.alias,
        "createdAt": render(registration.created_at) if sys_attrs else None,
        "modifiedAt": render(registration.modified_at) if sys_attrs else None,
    }
    shown |= {compact(name): value for name, value in registration.properties.items()}
    return {name: value for name, value in shown.items() if value is not None and value != []}


def _information(part: Information, compact: Compact) -> dict[str, Any]:
    written = {
        "entities": [_entity(one, compact) for one in part.entities],
        "propertyNames": [compact(name) for name in part.properties],
        "relationshipNames": [compact(name) for name in part.relationships],
    }
    return {name: value for name, value in written.items() if value}


def _entity(entity: EntityInfo, compact: Compact) -> dict[str, Any]:
    written: dict[str, Any] = {"type": _one_or_all([compact(name) for name in entity.types])}
    if entity.id is not None:
        written["id"] = entity.id
    if entity.id_pattern is not None:
        written["idPattern"] = entity.id_pattern
    return written


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    if interval is None:
        return None
    end = {} if interval.end is None else {"endAt": render(interval.end)}
    return {"startAt": render(interval.start), **end}


def _management(management: Management | None) -> dict[str, Any] | None:
    if management is None:
        return None
    written = {
        "localOnly": management.local_only,
        "cacheDuration": management.cache_duration,
        "timeout": management.timeout,
        "cooldown": management.cooldown,
    }
    return {name: value for name, value in written.items() if value is not None}


def _one_or_all(items: list[str] | tuple[str, ...]) -> Any:
    listed = list(items)
    return listed[0] if len(listed) == 1 else listed
