"""Whatever is done to the audit afterwards is found, with its place."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.access.audit_chain import Fault, Seal, Verifier
from kota.access.audit_line import Line, decode, encode
from kota.store.state.chain import Link, chained

BODIES = st.lists(st.binary(max_size=40), min_size=1, max_size=12)


def verify(
    entries: list[Link], seals: tuple[Seal, ...] = (), last: int | None = None
) -> Fault | None:
    verifier = Verifier(seals)
    return verifier.feed(entries) or verifier.finish(last)


@given(BODIES)
def test_an_untouched_chain_is_whole(bodies: list[bytes]) -> None:
    entries = chained(None, bodies)
    assert verify(entries) is None
    assert chained(entries[0], bodies[1:]) == entries[1:]


@given(BODIES, st.data())
def test_any_change_is_found_at_its_place(bodies: list[bytes], data: st.DataObject) -> None:
    entries = chained(None, bodies)
    place = data.draw(st.integers(0, len(entries) - 1))
    what = data.draw(st.sampled_from(["body", "digest", "drop", "double", "add"]))
    touched = list(entries)
    if what == "body":
        touched[place] = msgspec.structs.replace(entries[place], body=entries[place].body + b"!")
    elif what == "digest":
        touched[place] = msgspec.structs.replace(entries[place], digest=bytes(32))
    elif what == "drop":
        del touched[place]
    elif what == "double":
        touched.insert(place, entries[place])
    else:
        touched.insert(place, Link(place + 1, b"forged", bytes(32)))
    fault = verify(touched, last=len(entries))
    assert fault is not None
    assert fault.number in (place + 1, place + 2)


@given(BODIES)
def test_a_chain_that_was_made_anew_breaks_its_seal(bodies: list[bytes]) -> None:
    entries = chained(None, bodies)
    seal = Seal(entries[-1].number, 0, entries[-1].digest, b"")
    forged = chained(None, [b"forged " + body for body in bodies])
    assert verify(entries, (seal,)) is None
    found = verify(forged, (seal,))
    assert found is not None
    assert "seal" in found.words


def test_lines_cut_off_behind_are_found_by_the_seal() -> None:
    entries = chained(None, [b"a", b"b", b"c"])
    seal = Seal(3, 0, entries[-1].digest, b"")
    assert verify(entries[:2]) is None
    assert verify(entries[:2], (seal,)) == Fault(3, "the lines up to 3 were cut off")


def test_a_line_is_written_and_read() -> None:
    line = Line(at=7, who="Ana", role="operator", what="command.sent", subject="urn:p", why="test")
    assert decode(encode(line)) == line
    with pytest.raises(msgspec.ValidationError):
        decode(b'{"at": "now"}')
