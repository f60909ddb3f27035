"""Instances of one attribute, told apart by their dataset ids."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kota.model.entity import Attribute

Instances = tuple[Attribute, ...]


def find(instances: Instances, dataset_id: str | None) -> Attribute | None:
    """The instance with this dataset id (None: the default one), or None."""
    for instance in instances:
        if instance.dataset_id == dataset_id:
            return instance
    return None


def place(instances: Instances, new: Attribute) -> Instances:
    """Put an instance where that of the same dataset id stands, else at the end.

    It keeps the time at which the one before it was created.
    """
    for index, old in enumerate(instances):
        if old.dataset_id == new.dataset_id:
            return (*instances[:index], aged(new, old), *instances[index + 1 :])
    return (*instances, new)


def place_all(instances: Instances, new: Iterable[Attribute]) -> Instances:
    """Put several instances, one after the other."""
    for instance in new:
        instances = place(instances, instance)
    return instances


def aged(new: Attribute, old: Attribute) -> Attribute:
    """The new instance, created when the old one was; so are the sub-attributes both have."""
    if new.created_at == old.created_at:
        return new
    sub = new.sub
    if sub and old.sub:
        sub = {name: _aged_all(now, old.sub.get(name, ())) for name, now in sub.items()}
    return msgspec.structs.replace(new, created_at=old.created_at, sub=sub)


def _aged_all(new: Instances, old: Instances) -> Instances:
    if not old:
        return new
    return tuple(
        aged(instance, before) if (before := find(old, instance.dataset_id)) else instance
        for instance in new
    )
