"""Changes to what is there already: partial update and merge (clauses 5.5.8 and 5.5.12).

A patch is read once, from JSON, and then applied, as a pure function, to whatever the store
holds. How deep it reaches was decided when it was read.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from kota.errors import BadRequestDataError
from kota.model import terms
from kota.model.entity import TYPE_NAME, Attribute, Entity, Kind
from kota.model.jsonld import Context
from kota.model.payload_faults import PayloadError, under
from kota.model.payload_parts import require_fit
from kota.model.payload_values import read_value

_CONDITIONAL = {"unitCode": "unit_code", "objectType": "object_type", "valueType": "value_type"}
_MERGED = frozenset({Kind.PROPERTY, Kind.LANGUAGE_PROPERTY, Kind.JSON_PROPERTY})


class AttributePatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of one instance of an attribute.

    Args:
        context: expands a bare value once it is known what sort of value it is.
        kind: what it says to be; None where it is a bare value.
        value: the new value, or UNSET.
        parts: new values of further fields of `Attribute`; what a deleted field becomes stands
            here as well.
        sub: changes to its own attributes, by expanded name.
        dataset_id: which instance.
        deleted: whether the instance is to go.
        deep: whether objects are merged member by member, and sub-attributes too.
    """

    context: Context
    kind: Kind | None = None
    value: Any = UNSET
    parts: dict[str, Any] = {}
    sub: dict[str, tuple[AttributePatch, ...]] = {}
    dataset_id: str | None = None
    deleted: bool = False
    deep: bool = False

    def apply(self, old: Attribute | None, *, now: int) -> Attribute | None:
        """The instance as it shall be, or None where it is to go.

        Args:
            old: the instance as it is, or None where there is none.
            now: becomes `modified_at`, and `created_at` of what is new.

        Raises:
            BadRequestDataError: it is of another type, or new and without a value.
        """
        if self.deleted:
            return None
        if old is None or self._replaces(old):
            return self._create(now, old)
        self._require_fit(old.kind)
        return msgspec.structs.replace(
            old,
            value=self._new_value(old.kind, old.value),
            modified_at=now,
            sub=_patch_sub(old.sub, self.sub, now) if self.sub else old.sub,
            **self.parts,
        )

    def _replaces(self, old: Attribute) -> bool:
        if self.kind is None or self.kind == old.kind:
            return False
        if not self.deep:
            raise PayloadError(
                "type",
                f"it is a {TYPE_NAME[old.kind]}, not a {TYPE_NAME[self.kind]}",
                hint="replace the attribute to change its type",
            )
        return True

    def _create(self, now: int, old: Attribute | None) -> Attribute:
        if self.value is UNSET:
            raise PayloadError("", "it is new and has no value")
        kind = Kind.PROPERTY if self.kind is None else self.kind
        self._require_fit(kind)
        return Attribute(
            kind,
            self._new_value(kind, None),
            dataset_id=self.dataset_id,
            created_at=now if old is None else old.created_at,
            modified_at=now,
            sub=_patch_sub(None, self.sub, now),
            **self.parts,
        )

    def _require_fit(self, kind: Kind) -> None:
        for term, field in _CONDITIONAL.items():
            if not self.parts.get(field):
                continue
            try:
                require_fit(term, kind)
            except BadRequestDataError as error:
                raise under(term, error) from None

    def _new_value(self, kind: Kind, old: Any) -> Any:
        if self.value is UNSET:
            return old
        if self.kind is None and kind != Kind.PROPERTY:
            return read_value(kind, self.value, self.context)
        if self.deep and kind in _MERGED:
            return merge_value(old, self.value)
        return self.value


class EntityPatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of an entity.

    Args:
        id: where the document names the entity.
        types: types that it shall have as well.
        scope: its new scopes; None: as they are.
        expires_at: when it is to be forgotten; None: never; UNSET: as it is.
        attrs: changes by expanded attribute name.
    """

    id: str | None = None
    types: tuple[str, ...] = ()
    scope: tuple[str, ...] | None = None
    expires_at: Any = UNSET
    attrs: dict[str, tuple[AttributePatch, ...]] = {}

    def apply(self, old: Entity, *, now: int, observed_at: int | None = None) -> Entity:
        """The entity as it shall be.

        Args:
            old: the entity as it is.
            now: the time of writing.
            observed_at: when values without a time of their own were observed, for those
                attributes that had an `observed_at`.

        Raises:
            BadRequestDataError: a new attribute has no value.
        """
        attrs = dict(old.attrs)
        for name, patches in self.attrs.items():
            before = old.attrs.get(name, ())
            timed = [_timed(patch, before, observed_at) for patch in patches]
            try:
                after = patch_instances(before, timed, now=now)
            except BadRequestDataError as error:
                raise under(name, error) from None
            if after:
                attrs[name] = after
            else:
                attrs.pop(name, None)
        return msgspec.structs.replace(
            old,
            types=tuple(dict.fromkeys((*old.types, *self.types))),
            attrs=attrs,
            scope=old.scope if self.scope is None else self.scope,
            modified_at=now,
            expires_at=old.expires_at if self.expires_at is UNSET else self.expires_at,
        )


def patch_instances(
    instances: tuple[Attribute, ...], patches: list[AttributePatch], *, now: int
) -> tuple[Attribute, ...]:
    """The instances of an attribute after each patch was applied to the one it means."""
    by_dataset: dict[str | None, Attribute] = {i.dataset_id: i for i in instances}
    for patch in patches:
        after = patch.apply(by_dataset.get(patch.dataset_id), now=now)
        if after is None:
            by_dataset.pop(patch.dataset_id, None)
        else:
            by_dataset[patch.dataset_id] = after
    return tuple(by_dataset.values())


def merge_value(old: Any, new: Any) -> Any:
    """Merge a JSON value into another, where ``urn:ngsi-ld:null`` removes (RFC 7396).

    >>> merge_value({"street": "A", "city": "B"}, {"street": "C", "city": "urn:ngsi-ld:null"})
    {'street': 'C'}
    """
    if not isinstance(new, dict):
        return new
    merged = dict(old) if isinstance(old, dict) else {}
    for key, value in new.items():
        if value == terms.NULL:
            merged.pop(key, None)
        else:
            merged[key] = merge_value(merged.get(key), value)
    return merged


def _patch_sub(
    old: dict[str, tuple[Attribute, ...]] | None,
    changes: dict[str, tuple[AttributePatch, ...]],
    now: int,
) -> dict[str, tuple[Attribute, ...]] | None:
    sub = dict(old or {})
    for name, patches in changes.items():
        before = sub.get(name, ()) if patches and patches[0].deep else ()
        after = patch_instances(before, list(patches), now=now)
        if after:
            sub[name] = after
        else:
            sub.pop(name, None)
    return sub or None


def _timed(
    patch: AttributePatch, before: tuple[Attribute, ...], observed_at: int | None
) -> AttributePatch:
    if observed_at is None or "observed_at" in patch.parts or patch.deleted:
        return patch
    had = any(i.dataset_id == patch.dataset_id and i.observed_at is not None for i in before)
    if not had:
        return patch
    return msgspec.structs.replace(patch, parts={**patch.parts, "observed_at": observed_at})
