"""What a kilowatt hour costs at which time of the day."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Self

from kota.errors import InputError

_DAY = 86_400
_HEAD = ("from", "price")


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices by time of day, the same every day.

    Args:
        begins: local times of day from which a price holds [s], growing, the first 0.
        prices: of a kilowatt hour from then on.
    """

    begins: tuple[int, ...]
    prices: tuple[float, ...]

    @classmethod
    def flat(cls, price: float) -> Self:
        """The same price at all times."""
        return cls((0,), (price,))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a table with the columns ``from`` (07:00) and ``price`` (of a kWh).

        Raises:
            InputError: a row cannot be understood, repeats a time or comes too early; names it.
        """
        found: dict[int, float] = {}
        last = -1
        for number, row in _rows(path):
            where = f"{path} line {number}"
            begin, price = _time(row[0], where), _price(row[1], where)
            if begin <= last:
                raise InputError(f"{where}: {row[0]} is not after the row before; sort by time")
            found[begin], last = price, begin
        if not found:
            raise InputError(f"{path}: it has no prices; expected rows such as 07:00,0.12")
        if 0 not in found:
            found = {0: list(found.values())[-1], **found}
        return cls(tuple(found), tuple(found.values()))

    def at(self, second: int) -> float:
        """The price at a time of day.

        Args:
            second: since midnight [s]; days later count too.

        >>> Tariff((0, 25200), (0.03, 0.12)).at(86400 + 3600)
        0.03
        """
        time = second % _DAY
        return next(
            price
            for begin, price in zip(self.begins[::-1], self.prices[::-1], strict=True)
            if begin <= time
        )

    def pattern(self, period: int, start: int) -> list[float]:
        """Prices of the pattern periods of a day, or of what repeats itself.

        Args:
            period: length of a period [s].
            start: time of day at which the first begins [s].

        Raises:
            InputError: a price changes within a period.
        """
        if _DAY % period:
            raise InputError(
                f"pattern periods of {period} s do not fill a day",
                hint="let the file's Pattern Timestep divide 24 hours",
            )
        for begin in self.begins:
            if (begin - start) % period and len(self.begins) > 1:
                raise InputError(
                    f"the price changes at {clock(begin)}, within a pattern period of {period} s",
                    hint="change it at the hour, or give the file a shorter Pattern Timestep",
                )
        return [self.at(start + k * period) for k in range(_DAY // period)]

    def said(self) -> list[dict[str, str | float]]:
        """For a report."""
        return [
            {"from": clock(begin), "price": price}
            for begin, price in zip(self.begins, self.prices, strict=True)
        ]


def clock(second: int) -> str:
    """Hours, minutes and, where needed, seconds.

    >>> clock(27000), clock(90061)
    ('07:30', '25:01:01')
    """
    hours, rest = divmod(second, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    rows = csv.reader(text.splitlines())
    head = [word.strip().lower() for word in next(rows, [])]
    if tuple(head) != _HEAD:
        raise InputError(f"{path} line 1: {','.join(head)!r}; expected the columns from,price")
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(_HEAD):
            raise InputError(f"{path} line {number}: {len(row)} values; expected from,price")
        yield number, [cell.strip() for cell in row]


def _time(text: str, where: str) -> int:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise InputError(f"{where}: {text!r} is no time of day; expected 07:00")
    return int(match[1]) * 3600 + int(match[2]) * 60


def _price(text: str, where: str) -> float:
    try:
        price = float(text)
    except ValueError as error:
        raise InputError(f"{where}: {text!r} is no price; expected a number") from error
    if not isfinite(price) or price < 0:
        raise InputError(f"{where}: a price of {text} is refused; expected 0 or more")
    return price
