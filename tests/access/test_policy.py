"""The policy as a table: every role, right, tenant and area; and that nothing leaks beside it."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.access.identity import NOBODY, Grant, Identity
from kota.access.policy import Policy, Resource, Tenants
from kota.access.right import GRANTED, RIGHTS, Role

TENANTS = Tenants({"city": None, "north": "city", "mall": "north", "south": "city"})
POLICY = Policy(TENANTS, {Role.PLANNER: ["amenities.*"]})
AREAS = ("/kl", "/kl/east", "/kl/east/1", "/kl/west", "/kleast")


def given_to(*grants: Grant) -> Identity:
    return Identity(id="ana", name="Ana", grants=grants)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("right", [*RIGHTS, "amenities.plan", "water.control", "no.such"])
def test_each_role_has_its_rights_and_no_other(role: Role, right: str) -> None:
    expected = right in GRANTED[role] or (role is Role.PLANNER and right == "amenities.plan")
    verdict = POLICY.decide(given_to(Grant(role=role)), right, Resource(tenant="city"))
    assert verdict.allowed is expected
    assert bool(verdict.words) is not expected


@pytest.mark.parametrize(
    ("held", "asked"), list(product(["city", "north", "mall", "south"], repeat=2))
)
def test_a_grant_holds_in_its_tenant_and_where_that_was_granted_below(
    held: str, asked: str
) -> None:
    below = {
        "city": {"city", "north", "mall", "south"},
        "north": {"north", "mall"},
        "mall": {"mall"},
        "south": {"south"},
    }
    for inherits in (False, True):
        who = given_to(Grant(role=Role.VIEWER, tenant=held, below=inherits))
        verdict = POLICY.decide(who, "entities.read", Resource(tenant=asked))
        assert verdict.allowed is (asked in below[held] if inherits else asked == held)
    assert TENANTS.below(held) == below[held]


def expected(grant: Grant, right: str, tenant: str, areas: tuple[str, ...]) -> bool:
    """The table, worked out with words alone."""
    above = {"city": "", "north": "city", "mall": "north city", "south": "city"}
    in_tenant = grant.tenant == tenant or (grant.below and grant.tenant in above[tenant].split())
    inside = not grant.areas or any(
        there.split("/")[: len(area.split("/"))] == area.split("/")
        for there in areas
        for area in grant.areas
    )
    has = right in GRANTED[grant.role] or (grant.role is Role.PLANNER and right == "amenities.plan")
    return in_tenant and inside and has


@pytest.mark.parametrize("role", Role)
def test_every_right_tenant_and_area_of_a_role_is_as_the_table_says(role: Role) -> None:
    """All of them: right, tenant given and asked, whether below, area given and asked."""
    tenants = ("city", "north", "mall", "south")
    given_areas = ((), ("/kl",), ("/kl/east",), ("/kl/west", "/kleast"))
    asked_areas = ((), *((one,) for one in AREAS), ("/kl/west", "/kleast"))
    wrong = []
    rights = [*RIGHTS, "amenities.plan", "water.control"]
    for held, below, areas in product(tenants, (False, True), given_areas):
        grant = Grant(role=role, tenant=held, below=below, areas=areas)
        who = given_to(grant)
        for right, asked, there in product(rights, tenants, asked_areas):
            verdict = POLICY.decide(who, right, Resource(tenant=asked, areas=there))
            if verdict.allowed is not expected(grant, right, asked, there):
                wrong.append((grant, right, asked, there))
    assert wrong == []


@pytest.mark.parametrize(("given", "wanted"), list(product((False, True), repeat=2)))
def test_nobody_gives_a_grant_that_reaches_further_than_he_manages(
    given: bool, wanted: bool
) -> None:
    for held, asked in product(("city", "north", "mall", "south"), repeat=2):
        manager = given_to(Grant(role=Role.ADMINISTRATOR, tenant=held, below=given))
        grant = Grant(role=Role.VIEWER, tenant=asked, below=wanted)
        reaches = expected(manager.grants[0], "users.manage", asked, ())
        assert POLICY.may_give(manager, grant) is (reaches and (given or not wanted))
        narrow = given_to(Grant(role=Role.ADMINISTRATOR, tenant=held, below=True, areas=("/kl",)))
        assert not POLICY.may_give(narrow, grant)
        operator = given_to(Grant(role=Role.OPERATOR, tenant=held, below=True))
        assert not POLICY.may_give(operator, grant)


@pytest.mark.parametrize(("held", "there"), list(product(AREAS, repeat=2)))
def test_a_grant_holds_in_its_area_and_below(held: str, there: str) -> None:
    who = given_to(Grant(role=Role.VIEWER, areas=(held,)))
    verdict = POLICY.decide(who, "entities.read", Resource(tenant="city", areas=(there,)))
    assert verdict.allowed is (there == held or there.startswith(held + "/"))


def test_what_lies_nowhere_is_not_seen_by_one_who_sees_an_area() -> None:
    who = given_to(Grant(role=Role.VIEWER, areas=("/kl",)))
    assert not POLICY.decide(who, "entities.read", Resource(tenant="city")).allowed


def test_two_grants_do_not_add_up_to_a_third() -> None:
    who = given_to(
        Grant(role=Role.OPERATOR, tenant="mall"),
        Grant(role=Role.VIEWER, tenant="south", areas=("/kl/east",)),
    )
    allowed = {
        (tenant, right)
        for tenant, right in product(["city", "north", "mall", "south"], RIGHTS)
        if POLICY.decide(who, right, Resource(tenant=tenant, areas=("/kl/west",))).allowed
    }
    assert allowed == {("mall", right) for right in GRANTED[Role.OPERATOR]}


def test_a_grant_for_one_solution_is_none_for_another() -> None:
    who = given_to(Grant(role=Role.OPERATOR, solutions=("water",)))
    for solution, expected in (("water", True), ("energy", False), (None, True)):
        resource = Resource(tenant="city", solution=solution)
        assert POLICY.decide(who, "commands.request", resource).allowed is expected


def test_what_tells_of_persons_is_seen_for_a_granted_and_stated_purpose_alone() -> None:
    person = Resource(tenant="city", protected={"heartRate": frozenset({"care"})})
    carer = given_to(Grant(role=Role.CARER, purposes=("care",)))
    viewer = given_to(Grant(role=Role.VIEWER))
    seen = [
        POLICY.decide(who, "entities.read", person, purpose=purpose).hidden
        for who, purpose in ((carer, "care"), (carer, None), (carer, "billing"), (viewer, "care"))
    ]
    assert [bool(hidden) for hidden in seen] == [False, True, True, True]


def test_nobody_may_do_nothing() -> None:
    for right in RIGHTS:
        assert not POLICY.decide(NOBODY, right, Resource(tenant="city")).allowed
    assert POLICY.areas(NOBODY, "entities.read", "city") is None


GRANTS = st.builds(
    Grant,
    role=st.sampled_from(Role),
    tenant=st.sampled_from(["city", "north", "mall", "south"]),
    areas=st.lists(st.sampled_from(AREAS), max_size=2).map(tuple),
    solutions=st.lists(st.sampled_from(["water", "energy"]), max_size=1).map(tuple),
)


@given(
    st.lists(GRANTS, max_size=4),
    st.sampled_from(list(RIGHTS)),
    st.sampled_from(["city", "north", "mall", "south"]),
    st.sampled_from(AREAS),
)
def test_what_queries_are_narrowed_to_is_what_is_decided_one_by_one(
    grants: list[Grant], right: str, tenant: str, area: str
) -> None:
    who = given_to(*grants)
    decided = POLICY.decide(who, right, Resource(tenant=tenant, areas=(area,))).allowed
    narrowed = POLICY.areas(who, right, tenant)
    inside = narrowed is not None and (
        not narrowed or any(area == one or area.startswith(one + "/") for one in narrowed)
    )
    assert decided is inside


def test_a_ring_of_tenants_ends() -> None:
    ring = Tenants({"a": "b", "b": "a"})
    assert ring.above("a") == ["a", "b"]
    assert ring.above("unknown") == ["unknown"]
