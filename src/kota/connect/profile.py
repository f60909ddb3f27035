"""Device profiles: how messages of one sort of device become observations of entities.

A profile is a TOML file (see `kota.connect.profile_format`), checked when it is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec

from kota.connect.command_way import CommandWay, command_way
from kota.connect.payloads import Open, each_of, opener
from kota.connect.profile_check import (
    check_attribute,
    check_codecs,
    check_each,
    check_pseudonyms,
    check_template,
    check_time,
)
from kota.connect.profile_format import AttributeTable, ProfileTable
from kota.connect.pseudonyms import Pseudonyms
from kota.connect.readers import KINDS, PseudonymReader, Reader
from kota.connect.times import ReadTime, time_reader
from kota.connect.toml_source import Place, TomlSource
from kota.connect.topics import TopicPattern
from kota.errors import ConfigurationError
from kota.model.entity import Attribute
from kota.model.jsonld import Context
from kota.model.terms import CLOCK, EXPECTED_INTERVAL

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A checked profile, compiled.

    Args:
        id, title: its name and what people call it.
        file: where it is written.
        patterns: the topics it takes; empty where devices name it.
        types: expanded entity types.
        entity_id: template of the entity's id over the names in the topic.
        scope: scopes of a new entity.
        open: reads a payload.
        time_path: where the time stands, None for where the format has it.
        read_time: reads it.
        ahead: how far [µs] a time may lie ahead of the clock.
        readers: one for each attribute.
        constants: attributes of every entity, by expanded name.
        keep_rest: whether other members become attributes too.
        admit_any: whether unknown devices are taken.
        clock: name of the plant that its times follow, or None.
        interval: seconds between messages, or None.
        context: expands the names of other members.
        each: whether a message holds a list of measures, which may be empty.
        pseudonyms: names the identifiers in its messages; None where there are none. A profile
            that has them is *private*: nothing of its messages is stored but the constants, not
            even of those that cannot be read.
        commands: where commands go to its devices; None: they take none.
    """

    id: str
    title: str
    file: Path
    patterns: tuple[TopicPattern, ...]
    types: tuple[str, ...]
    entity_id: str
    scope: tuple[str, ...]
    open: Open
    time_path: str | None
    read_time: ReadTime
    ahead: int
    readers: tuple[Reader, ...]
    constants: dict[str, tuple[Attribute, ...]]
    keep_rest: bool
    admit_any: bool
    clock: str | None
    interval: float | None
    context: Context
    each: bool = False
    pseudonyms: Pseudonyms | None = None
    commands: CommandWay | None = None

    @property
    def private(self) -> bool:
        """Whether its messages hold identifiers of people."""
        return self.pseudonyms is not None


def load_profiles(paths: Iterable[Path], context: Context) -> tuple[Profile, ...]:
    """Load the bundled profiles and those in files and folders.

    A profile with the id of a bundled one replaces it. Topics are tried in the order given, the
    bundled profiles last.

    Args:
        paths: TOML files, or folders of which every ``*.toml`` is read in order of name.
        context: expands the names in them.

    Raises:
        ConfigurationError: a file that cannot be read or is wrong, or an id used twice.
    """
    found: dict[str, Profile] = {}
    for path in paths:
        for file in _profile_files(path):
            profile = load_profile(file, context)
            if profile.id in found:
                raise ConfigurationError(
                    f"{file}: the id {profile.id!r} is that of {found[profile.id].file} too",
                    hint="give one of them another id",
                )
            found[profile.id] = profile
    for profile in bundled_profiles(context):
        found.setdefault(profile.id, profile)
    return tuple(found.values())


def bundled_profiles(context: Context) -> tuple[Profile, ...]:
    """The profiles that come with Kota: IoT Agent JSON, ChirpStack, The Things Stack."""
    folder = Path(str(files("kota.connect") / "profiles"))
    return tuple(load_profile(file, context) for file in sorted(folder.glob("*.toml")))


def load_profile(path: Path, context: Context) -> Profile:
    """Load, check and compile one profile.

    Raises:
        ConfigurationError: the file cannot be read or is wrong; names file and line.
    """
    return parse_profile(TomlSource.read(path), context)


def parse_profile(source: TomlSource, context: Context) -> Profile:
    """Check and compile a profile that was read.

    Raises:
        ConfigurationError: it is wrong; names file and line.
    """
    table = source.convert(ProfileTable)
    patterns = _patterns(source, table)
    check_codecs(source, table)
    types = (table.entity.type,) if isinstance(table.entity.type, str) else table.entity.type
    if not types or not all(types):
        raise source.error(("entity", "type"), "a type is not empty")
    identity = table.entity.id or f"urn:ngsi-ld:{types[0]}:{{device}}"
    check_template(source, ("entity", "id"), identity, patterns)
    check_time(source, table)
    check_each(source, table)
    check_pseudonyms(source, table, patterns)
    pseudonyms = _pseudonyms(table)
    whole = opener(table.format, table.codec)
    name = table.id or source.path.stem
    if not _NAME.fullmatch(name):
        raise source.error(("id",), f"{name!r} is not made of letters, digits, '.', '_' and '-'")
    return Profile(
        id=name,
        title=table.title or name,
        file=source.path,
        patterns=patterns,
        types=tuple(context.expand(item) for item in types),
        entity_id=identity,
        scope=table.entity.scope,
        open=whole if table.each is None else each_of(whole, table.each),
        time_path=table.time.source,
        read_time=time_reader(_time_format(table), table.time.zone),
        ahead=round(table.time.ahead * 1e6),
        readers=_readers(source, table.attribute, patterns, context, pseudonyms),
        constants=_constants(table, context),
        keep_rest=table.rest == "keep",
        admit_any=table.admit == "any",
        clock=table.clock,
        interval=table.interval,
        context=context,
        each=table.each is not None,
        pseudonyms=pseudonyms,
        commands=command_way(source, table.commands, identity, patterns),
    )


def _pseudonyms(table: ProfileTable) -> Pseudonyms | None:
    if all(item.pseudonym is None for item in table.attribute):
        return None
    return Pseudonyms(table.pseudonym.rotate, table.pseudonym.offset)


def _profile_files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    return sorted(path.glob("*.toml"))


def _patterns(source: TomlSource, table: ProfileTable) -> tuple[TopicPattern, ...]:
    topics = (table.topic,) if isinstance(table.topic, str) else table.topic
    try:
        patterns = tuple(TopicPattern(topic) for topic in topics)
    except ValueError as error:
        raise source.error(("topic",), str(error)) from error
    for pattern in patterns:
        if table.admit == "approved" and "device" not in pattern.captures:
            raise source.error(
                ("topic",),
                f"{pattern.text!r} does not say where the device stands",
                hint='write {device} for that level, or set admit = "any"',
            )
    return patterns


def _time_format(table: ProfileTable) -> str:
    return "senml" if table.format == "senml" and table.time.source is None else table.time.format


def _readers(
    source: TomlSource,
    tables: Sequence[AttributeTable],
    patterns: Sequence[TopicPattern],
    context: Context,
    pseudonyms: Pseudonyms | None,
) -> tuple[Reader, ...]:
    seen: dict[tuple[str, str | None, str], int] = {}
    readers: list[Reader] = []
    for i, table in enumerate(tables):
        place: Place = ("attribute", i)
        check_attribute(source, table, place, patterns)
        key = (table.name, table.dataset, str(sorted(table.when.items())))
        if key in seen:
            other = source.line(("attribute", seen[key], "name"))
            raise source.error(
                (*place, "name"),
                f"{table.name!r} stands at line {other} too",
                hint="give one of them another name or dataset",
            )
        seen[key] = i
        name = context.expand(table.name)
        if pseudonyms is None or table.pseudonym is None:
            readers.append(Reader(table, name))
        else:
            readers.append(PseudonymReader(table, name, table.pseudonym, pseudonyms))
    return tuple(readers)


def _constants(table: ProfileTable, context: Context) -> dict[str, tuple[Attribute, ...]]:
    constants: dict[str, tuple[Attribute, ...]] = {
        context.expand(item.name): (Attribute(KINDS[item.kind], item.value, None, item.unit),)
        for item in table.constant
    }
    if table.interval is not None:
        constants[EXPECTED_INTERVAL] = (Attribute(KINDS["Property"], table.interval, None, "SEC"),)
    if table.clock is not None:
        constants[CLOCK] = (Attribute(KINDS["Property"], table.clock),)
    return constants
