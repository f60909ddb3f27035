"""Names of the parks and greens."""

from __future__ import annotations

from typing import Final

from kota.demo.district import Block, District

_PARKS: Final = (
    "Taman Tasik Lestari",
    "Padang Bandaran",
    "Taman Ketapang",
    "Taman Seberang",
    "Taman Rekreasi Muara",
)


def named_greens(district: District) -> list[tuple[str, Block]]:
    """Each park and green of some size with its name, in a stable order."""
    parks = iter(_PARKS)
    named: list[tuple[str, Block]] = []
    for block in district.blocks:
        if block.zone == "park":
            named.append((next(parks, "Taman"), block))
        elif block.zone == "green":
            named.append(("Tebing Sungai" if block.shape.area > 6_000 else "Laman", block))
    return named
