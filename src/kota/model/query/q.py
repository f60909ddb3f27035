"""The NGSI-LD query language (ETSI GS CIM 009 V1.9.1, clause 4.9).

``pressure<20;status=="open"`` needs both, ``|`` either, ``!name`` absence; ``a==1..5`` is a range,
``a==1,2`` a list, ``address[city]`` goes into a value, ``pressure.observedAt`` to a member.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from kota.model.entity import Entity
from kota.model.query import bounds
from kota.model.query.predicate import Lookup, compile_tree
from kota.model.query.reader import ENTITY_MEMBERS, Names, read
from kota.model.query.syntax import And, Linked, Or, Tree, render


class Query:
    """A query that was read and compiled.

    Args:
        tree: its syntax tree, all names expanded.
        lookup: finds linked entities; without it conditions on them do not hold.
    """

    __slots__ = ("matches", "tree")

    matches: Callable[[Entity], bool]
    """Whether an entity meets the query."""

    def __init__(self, tree: Tree, lookup: Lookup | None = None) -> None:
        self.tree = tree
        self.matches = compile_tree(tree, lookup)

    @property
    def depth(self) -> int:
        """How many relationships it follows one after the other."""
        return _depth(self.tree)

    def bound(self, lookup: Lookup) -> Query:
        """This query with a way to find the entities that it follows relationships to."""
        return Query(self.tree, lookup) if self.depth else self

    def numeric_bounds(self) -> tuple[bounds.Bound, ...]:
        """Numeric conditions that every match meets, for an index to look up first."""
        return bounds.conjunction(self.tree)

    @property
    def attributes(self) -> frozenset[str]:
        """Expanded names of the attributes that the query speaks of, without system members."""
        return frozenset(_names(self.tree)) - ENTITY_MEMBERS

    def render(self, compact: Callable[[str], str] = str) -> str:
        """Write the query again, with each name as `compact` gives it."""
        return render(self.tree, compact)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.tree == other.tree

    def __hash__(self) -> int:
        return hash(self.tree)

    def __repr__(self) -> str:
        return f"Query({self.render()!r})"


def parse(
    text: str,
    expand: Callable[[str], str],
    *,
    expand_values: Collection[str] = (),
    links: bool = False,
) -> Query:
    """Read and compile a query.

    Args:
        text: the value of the parameter ``q``.
        expand: turns an attribute, type or vocabulary term into its IRI.
        expand_values: attributes, as the query writes them, whose text values are terms.
        links: whether ``owner{name}`` may ask for a linked entity; whoever allows it calls
            `Query.bound` before matching.

    Raises:
        BadRequestDataError: not a query; says the position.
        NotSupportedError: a linked entity in braces where that is not allowed.
        TooComplexError: too long, too deeply nested, or with a pattern that costs too much.

    >>> parse("pressure>=20;pressure<=60", str).numeric_bounds()[0].low
    20
    """
    return Query(read(text, Names(expand, frozenset(expand_values), links)))


def _depth(tree: Tree) -> int:
    if isinstance(tree, And | Or):
        return max(_depth(part) for part in tree.parts)
    return 1 + _depth(tree.inner) if isinstance(tree, Linked) else 0


def _names(tree: Tree) -> list[str]:
    if isinstance(tree, And | Or):
        return [name for part in tree.parts for name in _names(part)]
    return [tree.path.names[0]]
