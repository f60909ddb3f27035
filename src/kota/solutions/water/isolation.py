"""Which valves to shut so that a pipe has no water, and who has none then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kota.errors import SolutionError
from kota.solutions.water.network import Network
from kota.solutions.water.sections import SectionValve

Part = tuple[bool, str]
"""A node (True) or a link (False), and its id."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """How a pipe is shut off.

    Args:
        pipe: that has no water then.
        shut: ids of the valves to shut: every way from a source to the pipe leads through one.
        spare: of those around the pipe behind which no water comes from anywhere else; they may
            stay open.
        pipes: that are shut off with it, itself included.
        dry: junctions that no source reaches any more, whether shut off or fed through it alone.
        demand: what is taken there otherwise [m³/h].
        passed_over: valves that would have done, had they worked.
    """

    pipe: str
    shut: tuple[str, ...]
    spare: tuple[str, ...]
    pipes: tuple[str, ...]
    dry: tuple[str, ...]
    demand: float
    passed_over: tuple[str, ...]


def isolate(
    network: Network,
    valves: Iterable[SectionValve],
    pipe: str,
    *,
    useless: Iterable[str] = (),
    shut: Iterable[str] = (),
    demands: Mapping[str, float] | None = None,
) -> Isolation:
    """Find the valves around a pipe.

    The stretch of network that hangs together with the pipe without passing a valve is its segment
    (T. M. Walski, Water distribution valve topology for reliability analysis, 1993,
    doi:10.1016/0951-8320(93)90051-Y); the valves at its border enclose it. A valve that does not
    work is no border, so that the segment grows up to the next one. Of the border, those are to be
    shut that a source reaches from outside: no fewer keep the water out and these alone suffice.

    Args:
        network: whose.
        valves: the sectioning valves.
        pipe: id of the pipe.
        useless: ids of valves that are stuck, buried or missing.
        shut: ids of valves that are shut already.
        demands: of the junctions [m³/h]; None: their averages.

    Raises:
        SolutionError: there is no such pipe; a valve stands nowhere; or no valve that works stands
            between the pipe and a source, which is named.
    """
    if pipe not in network.pipes:
        raise SolutionError(f"pipe {pipe!r}: the network has none of this id")
    known = {valve.id: valve for valve in valves}
    bad, closed = frozenset(useless), frozenset(shut)
    for name in sorted((bad | closed) - set(known)):
        raise SolutionError(f"valve {name!r}: there is none of this id")
    maze = _Maze(network, known.values(), bad - closed)
    segment, border, met = maze.flood([(False, pipe)], frozenset(known) - bad | closed)
    for source in (*network.reservoirs, *network.tanks):
        if (True, source) in segment:
            raise SolutionError(
                f"pipe {pipe!r} cannot be shut off from {source!r}: no valve that works is between",
                hint="close the source itself, or mend a valve",
            )
    sources = [(True, name) for name in (*network.reservoirs, *network.tanks)]
    reached, _, _ = maze.flood(sources, border | closed)
    needed = {name for name in border - closed if maze.sides(known[name]) & reached}
    dry = tuple(name for name in network.junctions if (True, name) not in reached)
    taken = demands or {name: node.demand for name, node in network.junctions.items()}
    return Isolation(
        pipe,
        shut=tuple(sorted(needed)),
        spare=tuple(sorted(border - closed - needed)),
        pipes=tuple(name for name in network.pipes if (False, name) in segment),
        dry=dry,
        demand=float(sum(taken.get(name, 0.0) for name in dry)),
        passed_over=tuple(sorted(met)),
    )


class _Maze:
    """A network as rooms (nodes and links) with doors (ends of links), some with a valve."""

    def __init__(
        self, network: Network, valves: Iterable[SectionValve], useless: frozenset[str]
    ) -> None:
        self._useless = useless
        self._closed = {p.id for p in network.pipes.values() if not p.is_open}
        self._doors: dict[Part, list[Part]] = {}
        self._valve: dict[frozenset[Part], str] = {}
        for link in network.links:
            for node in (link.start, link.end):
                self._doors.setdefault((True, node), []).append((False, link.id))
                self._doors.setdefault((False, link.id), []).append((True, node))
        for valve in valves:
            sides = self.sides(valve)
            known = network.pipes.get(valve.pipe)
            if known is None or valve.node not in (known.start, known.end):
                raise SolutionError(
                    f"valve {valve.id!r} is said to stand at node {valve.node!r} of pipe "
                    f"{valve.pipe!r}; the network has no such place"
                )
            self._valve[sides] = valve.id

    def sides(self, valve: SectionValve) -> frozenset[Part]:
        """The pipe and the node that a valve parts."""
        return frozenset({(False, valve.pipe), (True, valve.node)})

    def flood(
        self, begin: list[Part], barred: frozenset[str] | set[str]
    ) -> tuple[set[Part], set[str], set[str]]:
        """Go from some rooms wherever no barred valve stands and no pipe is closed.

        Returns:
            The rooms; the barred valves at their border; the useless ones that were passed.
        """
        reached, waiting = set(begin), list(begin)
        border: set[str] = set()
        met: set[str] = set()
        while waiting:
            room = waiting.pop()
            for other in self._doors.get(room, ()):
                valve = self._valve.get(frozenset({room, other}))
                if valve is not None and valve in barred:
                    border.add(valve)
                    continue
                if not other[0] and other[1] in self._closed:
                    continue
                if valve is not None and valve in self._useless:
                    met.add(valve)
                if other not in reached:
                    reached.add(other)
                    waiting.append(other)
        return reached, {name for name in border if not self._inside(name, reached)}, met

    def _inside(self, valve: str, reached: set[Part]) -> bool:
        """Whether both sides of a valve are reached: shutting it parts nothing."""
        return any(name == valve and sides <= reached for sides, name in self._valve.items())
