from kota.context.expiry import Expiries, next_expiry, surviving
from kota.model.entity import Attribute, Entity, Kind

DURABLE = Attribute(Kind.PROPERTY, 1)
SHORT = Attribute(Kind.PROPERTY, 2, dataset_id="urn:d:1", expires_at=100)


def entity(*instances, expires_at=None, name="urn:t:1"):
    return Entity(name, ("urn:T",), {"urn:a": instances}, expires_at=expires_at)


def test_what_expires_first_counts():
    assert next_expiry(entity(DURABLE)) is None
    assert next_expiry(entity(DURABLE, SHORT, expires_at=50)) == 50
    assert next_expiry(entity(DURABLE, SHORT)) == 100


def test_an_entity_that_lost_nothing_is_itself():
    present = entity(DURABLE, SHORT)
    assert surviving(present, 99) is present


def test_expired_instances_go_and_their_siblings_stay():
    after = surviving(entity(DURABLE, SHORT), 100)
    assert after is not None
    assert after.attrs == {"urn:a": (DURABLE,)}
    gone = surviving(entity(SHORT), 100)
    assert gone is not None
    assert gone.attrs == {}


def test_an_expired_entity_is_gone():
    assert surviving(entity(DURABLE, expires_at=100), 100) is None


def test_what_is_due_is_taken_once_and_soonest_first():
    expiries = Expiries()
    expiries.watch(entity(DURABLE, expires_at=20, name="urn:t:b"))
    expiries.watch(entity(DURABLE, expires_at=10, name="urn:t:a"))
    expiries.watch(entity(DURABLE, name="urn:t:c"))
    assert not expiries.is_due(9)
    assert expiries.take_due(15) == ["urn:t:a"]
    assert expiries.take_due(30) == ["urn:t:b"]
    assert expiries.take_due(30) == []
