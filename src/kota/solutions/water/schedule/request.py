"""What is asked of a schedule, written into the file that EPANET plays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

from kota.errors import InputError
from kota.solutions.water.schedule.document import Document
from kota.solutions.water.schedule.tariff import Tariff, clock

FLAT = 0.10
"""Price of a kilowatt hour where neither the file nor the asker has one."""
_PATTERN = "kota_tariff"
_DEMAND = (0.1, 10.0)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked.

    Args:
        network: the ``.inp`` file.
        hours: length of the horizon [h].
        tariff: prices in place of the file's.
        demand_factor: of all demands.
        keep: ids of pumps that are left to their own controls.
        seed: of chance.
        effort: of the search, about seconds of an ordinary core.
        time_limit: not beyond [s].
    """

    network: Path
    hours: float = 24.0
    tariff: Tariff | None = None
    demand_factor: float = 1.0
    keep: frozenset[str] = frozenset()
    seed: int = 0
    effort: float = 60.0
    time_limit: float = 110.0

    def __post_init__(self) -> None:
        if not (isfinite(self.hours) and 1 <= self.hours <= 168):
            raise InputError(f"a horizon of {self.hours:g} h is refused; expected 1 to 168")
        if not _DEMAND[0] <= self.demand_factor <= _DEMAND[1]:
            raise InputError(
                f"a demand factor of {self.demand_factor:g} is refused; expected 0.1 to 10"
            )
        if not self.effort > 0 or not self.time_limit > 0:
            raise InputError("--effort and --time-limit must be above 0")

    @property
    def horizon(self) -> int:
        """Length [s]."""
        return round(self.hours * 3600)


def prepared(
    document: Document, request: Request, tk: Any, project: Any
) -> tuple[Document, Request, list[str]]:
    """The file with horizon, demands and prices as asked; the request; and what was assumed.

    Args:
        document: the file.
        request: what is asked.
        tk: EPANET's toolkit.
        project: the file, opened.
    """
    notes = []
    made = document.setting("TIMES", "Duration", clock(request.horizon))
    if request.demand_factor != 1.0:
        factor = tk.getoption(project, tk.DEMANDMULT) * request.demand_factor
        made = made.setting("OPTIONS", "Demand Multiplier", f"{factor:.6g}")
        notes.append("The demand factor multiplies inflows that the file has as negative demands.")
    tariff = request.tariff
    if tariff is None and not _priced(tk, project):
        tariff = Tariff.flat(FLAT)
        notes.append(f"Neither the file nor --tariff has a price: {FLAT:.2f} a kWh is assumed.")
    if tariff is not None:
        made = _with_tariff(made, tariff, tk, project)
    return made, replace(request, tariff=tariff), notes


def _priced(tk: Any, project: Any) -> bool:
    if tk.getoption(project, tk.GLOBALPRICE) > 0:
        return True
    links = range(1, tk.getcount(project, tk.LINKCOUNT) + 1)
    pumps = [k for k in links if tk.getlinktype(project, k) == tk.PUMP]
    return any(tk.getlinkvalue(project, k, tk.PUMP_ECOST) > 0 for k in pumps)


def _with_tariff(document: Document, tariff: Tariff, tk: Any, project: Any) -> Document:
    """One price for all pumps."""

    def is_price(said: list[str]) -> bool:
        words = [word.upper() for word in said]
        return (words[0] == "PUMP" and len(words) > 2 and words[2][:4] in ("PRIC", "PATT")) or (
            words[0] == "GLOBAL" and len(words) > 1 and words[1][:4] in ("PRIC", "PATT")
        )

    made = document.without("ENERGY", is_price)
    if len(set(tariff.prices)) == 1:
        return made.appended("ENERGY", [f" Global Price  {tariff.prices[0]:.10g}"])
    period = int(tk.gettimeparam(project, tk.PATTERNSTEP))
    start = tk.gettimeparam(project, tk.STARTTIME) - tk.gettimeparam(project, tk.PATTERNSTART)
    prices = tariff.pattern(period, int(start))
    rows = [prices[k : k + 6] for k in range(0, len(prices), 6)]
    lines = [f" {_PATTERN}  " + "  ".join(f"{price:.10g}" for price in row) for row in rows]
    made = made.appended("PATTERNS", [";kota: price of a kilowatt hour", *lines])
    return made.appended("ENERGY", [" Global Price  1", f" Global Pattern  {_PATTERN}"])
