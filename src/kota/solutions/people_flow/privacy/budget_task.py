"""The task that shows how much of each privacy budget is spent."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from kota.city import City, Reading, Statement
from kota.model.instant import MINUTE
from kota.model.quality import Level, Quality, Source
from kota.solution import Periodic
from kota.solutions.people_flow.forecast.terms import NETWORK
from kota.solutions.people_flow.privacy.budget import Account, Ledger
from kota.solutions.people_flow.privacy.terms import BUDGET, ONE


async def state_budgets(city: City) -> None:
    """State the budget of each data set that was ever released."""
    if city.folder is None:
        return
    accounts = Ledger(city.folder).accounts()
    told = [statement(account) for account in accounts]
    if accounts:
        told.append(least_left(accounts))
    await city.state(told)


def least_left(accounts: Sequence[Account]) -> Statement:
    """What is left to the data set that may tell least more, for the panel."""
    least = min(accounts, key=lambda account: account.left)
    reason = f"{least.dataset}: {least.spent:g} of {least.total:g} is spent"
    at = max((entry.at for one in accounts for entry in one.entries), default=None)
    left = Reading(round(least.left, 6), ONE, at, Quality(Level.GOOD, Source.ESTIMATED, reason))
    return Statement(NETWORK, "PedestrianNetwork", {"leastEpsilonLeft": left})


def statement(account: Account) -> Statement:
    """What is said of one budget, at the time of its last entry."""
    at = account.entries[-1].at if account.entries else None
    values = {
        "epsilonTotal": account.total,
        "epsilonSpent": round(account.spent, 6),
        "epsilonLeft": round(account.left, 6),
        "releases": account.releases,
    }
    readings = {name: Reading(value, ONE, at) for name, value in values.items()}
    return Statement(f"urn:ngsi-ld:{BUDGET}:{quote(account.dataset, safe='')}", BUDGET, readings)


BUDGET_TASK = Periodic(
    name="privacy_budget",
    title="Show what is spent of each privacy budget",
    period=MINUTE,
    run=state_budgets,
)
