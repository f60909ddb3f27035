"""Arrow arrays built from buffers, held against pyarrow's own."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.store.history.columns import array

INT64 = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.int64(), INT64),
        (pa.uint32(), st.integers(0, 2**32 - 1)),
        (pa.uint8(), st.integers(0, 255)),
        (pa.float64(), st.floats(allow_nan=False)),
        (pa.string(), st.text()),
    ],
    ids=str,
)
def test_array_is_what_pyarrow_makes(kind: pa.DataType, values: st.SearchStrategy[Any]) -> None:
    @given(st.lists(st.one_of(st.none(), values)).map(tuple))
    def holds(column: tuple[Any, ...]) -> None:
        ours = array(column, kind)
        ours.validate(full=True)
        assert ours.equals(pa.array(column, kind))

    holds()
