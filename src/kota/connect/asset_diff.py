"""What an import of assets changes: the difference between a file and the entities there are."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kota.connect.assets import Assets
from kota.context.ingest import Patch
from kota.model.entity import Attribute, Entity


class AssetChange(msgspec.Struct, frozen=True):
    """One entity that would change, and its attributes that would, expanded."""

    entity_id: str
    attributes: list[str]


class AssetDifference(msgspec.Struct, frozen=True):
    """What an import would do.

    Args:
        created: ids of new entities.
        changed: entities with other values.
        unchanged: how many stay as they are.
        removed: ids of entities that came from this source and are in it no more.
        patches: what is to be written.
    """

    created: list[str]
    changed: list[AssetChange]
    unchanged: int
    removed: list[str]
    patches: list[Patch]


def difference(assets: Assets, present: Mapping[str, Entity]) -> AssetDifference:
    """Compare a file with the entities of its types that there are.

    Attributes that the file does not speak of are left alone.
    """
    found = AssetDifference([], [], 0, [], [])
    unchanged = 0
    for patch in assets.patches:
        before = present.get(patch.entity_id)
        if before is None:
            found.created.append(patch.entity_id)
            found.patches.append(patch)
            continue
        attrs = {
            name: instances
            for name, instances in patch.attrs.items()
            if not _same(before.attrs.get(name, ()), instances)
        }
        if attrs:
            found.changed.append(AssetChange(patch.entity_id, list(attrs)))
            found.patches.append(Patch(patch.entity_id, patch.types, attrs, patch.scope))
        else:
            unchanged += 1
    kept = {patch.entity_id for patch in assets.patches}
    found.removed.extend(
        entity_id
        for entity_id, entity in present.items()
        if entity_id not in kept and _from(entity, assets)
    )
    return msgspec.structs.replace(found, unchanged=unchanged)


def _from(entity: Entity, assets: Assets) -> bool:
    source = entity.default(assets.source_name)
    return source is not None and source.value == assets.source


def _same(before: tuple[Attribute, ...], after: tuple[Attribute, ...]) -> bool:
    return {_content(one) for one in before} == {_content(one) for one in after}


def _content(one: Attribute) -> tuple[object, ...]:
    return one.kind, one.unit_code, one.dataset_id, msgspec.json.encode(one.value)
