"""Writes a subscription as clients read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kota.context.subscription import Endpoint, Selector, Subscription, Wanted
from kota.context.tally import Tally
from kota.model.instant import render
from kota.model.query import q, types

Compact = Callable[[str], str]


def write_subscription(
    subscription: Subscription,
    compact: Compact,
    *,
    now: int,
    tally: Tally | None = None,
    sys_attrs: bool = False,
) -> dict[str, Any]:
    """A JSON object without ``@context``.

    Args:
        subscription: what to write.
        compact: shortens names.
        now: an instant, for the status.
        tally: what came of it so far.
        sys_attrs: with createdAt and modifiedAt.
    """
    shown = {
        "id": subscription.id,
        "type": "Subscription",
        "subscriptionName": subscription.name,
        "description": subscription.description,
        "entities": [_selector(one, compact) for one in subscription.entities] or None,
        "watchedAttributes": [compact(name) for name in subscription.watched] or None,
        "notificationTrigger": list(subscription.triggers),
        "timeInterval": subscription.interval,
        "q": _query(subscription.q, compact),
        "geoQ": _geo(subscription, compact),
        "scopeQ": subscription.scope_q,
        "csf": _query(subscription.csf, compact),
        "throttling": subscription.throttling,
        "isActive": None if subscription.active else False,
        "expiresAt": None if subscription.expires_at is None else render(subscription.expires_at),
        "lang": subscription.lang,
        "datasetId": list(subscription.dataset_ids) or None,
        "notification": _wanted(subscription.wanted, compact) | (tally.shown() if tally else {}),
        "status": subscription.status(now),
        "jsonldContext": subscription.context,
        "createdAt": render(subscription.created_at) if sys_attrs else None,
        "modifiedAt": render(subscription.modified_at) if sys_attrs else None,
    }
    return _present(shown)


def _query(text: str | None, compact: Compact) -> str | None:
    return None if text is None else q.parse(text, str, links=True).render(compact)


def _selector(selector: Selector, compact: Compact) -> dict[str, Any]:
    ids = selector.ids
    return _present(
        {
            "id": ids[0] if len(ids) == 1 else list(ids) or None,
            "idPattern": selector.id_pattern,
            "type": types.parse(selector.types, str).render(compact),
        }
    )


def _geo(subscription: Subscription, compact: Compact) -> dict[str, Any] | None:
    geo = subscription.geo
    if geo is None:
        return None
    return _present(
        {
            "georel": geo.georel,
            "geometry": geo.geometry,
            "coordinates": geo.coordinates,
            "geoproperty": None if geo.geoproperty is None else compact(geo.geoproperty),
        }
    )


def _wanted(wanted: Wanted, compact: Compact) -> dict[str, Any]:
    return _present(
        {
            "attributes": [compact(name) for name in wanted.attributes] or None,
            "pick": _members(wanted.pick, compact),
            "omit": _members(wanted.omit, compact),
            "format": wanted.format,
            "sysAttrs": wanted.sys_attrs,
            "showChanges": wanted.show_changes,
            "join": wanted.join,
            "joinLevel": wanted.join_level,
            "endpoint": _endpoint(wanted.endpoint),
        }
    )


def _members(names: tuple[str, ...], compact: Compact) -> list[str] | None:
    return [compact(name) if ":" in name else name for name in names] or None


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return _present(
        {
            "uri": endpoint.uri,
            "accept": endpoint.accept,
            "receiverInfo": _pairs(endpoint.receiver_info),
            "notifierInfo": _pairs(endpoint.notifier_info),
            "timeout": endpoint.timeout,
            "cooldown": endpoint.cooldown,
        }
    )


def _pairs(pairs: tuple[tuple[str, str], ...]) -> list[dict[str, str]] | None:
    return [{"key": key, "value": value} for key, value in pairs] or None


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
