"""The task that shows how much of each privacy budget is spent."""

from __future__ import annotations

from urllib.parse import quote

from kota.city import City, Reading, Statement
from kota.model.instant import MINUTE
from kota.solution import Periodic
from kota.solutions.people_flow.privacy.budget import Account, Ledger
from kota.solutions.people_flow.privacy.terms import BUDGET, ONE


async def state_budgets(city: City) -> None:
    """State the budget of each data set that was ever released."""
    if city.folder is not None:
        await city.state([statement(account) for account in Ledger(city.folder).accounts()])


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
