import pytest
from hypothesis import given
from hypothesis import strategies as st

from kota.errors import BadRequestDataError, KotaError, NotSupportedError, TooComplexError
from kota.model import instant
from kota.model.entity import Attribute, Entity, Kind
from kota.model.quality import Level, Quality
from kota.model.query import q
from kota.model.terms import QUALITY

NOON = instant.parse("2026-11-23T12:00:00Z")


def _property(value: object, **more: object) -> tuple[Attribute, ...]:
    return (Attribute(Kind.PROPERTY, value, **more),)  # type: ignore[arg-type]


STATION = Entity(
    "urn:x:station",
    ("Station",),
    {
        "pressure": (
            Attribute(
                Kind.PROPERTY,
                41.5,
                observed_at=NOON,
                unit_code="MTR",
                quality=Quality(Level.UNCERTAIN),
                sub={"accuracy": _property(0.5, sub={"method": _property("fit")})},
            ),
            Attribute(Kind.PROPERTY, 60.0, dataset_id="urn:d:backup"),
        ),
        "count": _property(4),
        "open": _property(True),
        "status": _property("open"),
        "label": _property('say "hi"\\now'),
        "tags": _property(["a", "b", 3]),
        "opened": _property({"@type": "DateTime", "@value": "2026-11-23T12:00:00Z"}),
        "checked": _property("2026-11-23T19:00:00+07:00"),
        "day": _property("2026-11-23"),
        "address": _property({"city": "Bandung", "geo": {"zip": 40111}, "a.b": 1, "off": None}),
        "on": (Attribute(Kind.RELATIONSHIP, "urn:x:pipe"),),
        "feeds": (Attribute(Kind.LIST_RELATIONSHIP, ["urn:x:a", "urn:x:b"]),),
        "name": (Attribute(Kind.LANGUAGE_PROPERTY, {"en": "North", "ms": ["Utara", "U"]}),),
        "kind": (Attribute(Kind.VOCAB_PROPERTY, "urn:v:Booster"),),
        "series": (Attribute(Kind.LIST_PROPERTY, [1, 2.5, 7]),),
    },
    ("/town/north",),
    NOON,
    NOON + 1,
)

MATCHES = [
    "pressure",
    "pressure>41",
    "pressure>=41.5;pressure<=41.5",
    "pressure==60",
    "pressure==4.15e1",
    "pressure==59..61",
    "pressure!=41.5",
    "pressure==1,41.5,7",
    "pressure<50",
    "count==4",
    "count==4.0",
    "count!=5..9",
    "open==true",
    "open!=false",
    "open!=1",
    'status=="open"',
    "status==open",
    'status!="shut"',
    'status=="shut","open"',
    'status>"a"',
    'status=="a".."z"',
    "status~=^op",
    'status~="(?i)OPEN"',
    "status~=o(p|x)en",
    'status!~="^shut"',
    'label=="say \\"hi\\"\\\\now"',
    'tags=="a"',
    "tags==3",
    'tags=="z","b"',
    'tags!="c"',
    "opened==2026-11-23T12:00:00Z",
    'opened>"2026-11-23T11:59:59Z"',
    "opened==2026-11-23T19:00:00+07:00",
    "opened>2026-11-23",
    "opened==2026-11-23T11:00:00Z..2026-11-23T13:00:00Z",
    "checked==2026-11-23T12:00:00Z",
    "checked<2026-11-24",
    "day==2026-11-23",
    "day<=2026-11-23",
    'day=="2026-11-23"',
    'address[city]=="Bandung"',
    "address[geo.zip]>40000",
    'address["a.b"]==1',
    "address[city]",
    "on==urn:x:pipe",
    'on=="urn:x:pipe"',
    "on!=urn:x:other",
    "feeds==urn:x:b",
    'name[en]=="North"',
    'name[ms]=="U"',
    'name[*]=="Utara"',
    'name=="North"',
    'name[en]!="South"',
    "kind==urn:v:Booster",
    "series==7",
    "series>5",
    "pressure.observedAt==2026-11-23T12:00:00Z",
    'pressure.observedAt>"2026-11-23T11:00:00Z"',
    "pressure.observedAt>2026-11-23",
    "pressure.observedAt",
    'pressure.unitCode=="MTR"',
    "pressure.datasetId==urn:d:backup",
    "pressure.accuracy<1",
    'pressure.accuracy.method=="fit"',
    f'pressure.<{QUALITY}>[level]=="uncertain"',
    "createdAt==2026-11-23T12:00:00Z",
    "modifiedAt>2026-11-23T12:00:00Z",
    "createdAt==2026-11-23T11:00:00Z..2026-11-23T13:00:00Z",
    "id==urn:x:station",
    "id~=station$",
    "type==Station",
    'scope=="/town/north"',
    "!missing",
    "!pressure.missing",
    "!address[missing]",
    "missing|count",
    "(missing|count);(pressure>1|missing)",
    "missing;missing|count",
    "address[off]",
]
MISSES = [
    "missing",
    "!pressure",
    "pressure>60",
    "pressure>41.5;pressure<41",
    "pressure==true",
    'pressure=="41.5"',
    "pressure==42..59",
    "count!=4",
    "count!=1..9",
    "count~=4",
    'count!~="4"',
    "open==1",
    "count==true",
    "open==false",
    "status>1",
    "status==true",
    'status!~="^op"',
    'status~="^x"',
    'tags!="a"',
    'tags=="z"',
    "opened>2026-11-23T12:00:00Z",
    "opened==12:00:00Z",
    "day>2026-11-23",
    'address=="Bandung"',
    'address[missing]=="Bandung"',
    'address[missing]!="Bandung"',
    'address[city.x]=="Bandung"',
    'on>"urn:a"',
    "on~=urn",
    "feeds==urn:x:z",
    'feeds>"a"',
    'name[en]=="Utara"',
    'name[*]!="North"',
    'name[fr]=="North"',
    "kind==Booster",
    "series>7",
    "pressure.observedAt>2026-11-23T12:00:00Z",
    "pressure.observedAt==soon",
    "pressure.observedAt~=2026",
    "count.observedAt",
    "createdAt>2027-01-01",
    "id==urn:x:other",
    "type==Other",
    "expiresAt",
]


@pytest.mark.parametrize("text", MATCHES)
def test_query_matches(text: str) -> None:
    assert q.parse(text, str).matches(STATION)


@pytest.mark.parametrize("text", MISSES)
def test_query_does_not_match(text: str) -> None:
    assert not q.parse(text, str).matches(STATION)


@pytest.mark.parametrize("text", MATCHES + MISSES)
def test_rendered_query_reads_as_the_same_tree(text: str) -> None:
    first = q.parse(text, str)
    assert q.parse(first.render(), str) == first


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", 1),
        ("a==", 4),
        ("a=1", 2),
        ("a>1..2", 3),
        ("a>1,2", 3),
        ("a>true", 3),
        ("a==1..true", 4),
        ('a==1.."x"', 4),
        ('a=="x', 4),
        ("a==x y", 4),
        ("a~=", 4),
        ("a;", 3),
        ("a;;b", 3),
        ("(a", 3),
        ("a)", 2),
        ("a[", 3),
        ("a[b", 4),
        ("a.", 3),
        ("a.observedAt.b", 14),
        ("createdAt.x", 11),
        ("1a", 1),
        ("a==b==c", 4),
        ("!", 2),
        ("a==1e999", 4),
        ("<>==1", 1),
        ("a==2026-13-01T00:00:00Z", 4),
    ],
)
def test_malformed_is_refused_with_position(text: str, place: int) -> None:
    with pytest.raises(BadRequestDataError, match=f"q: .* at position {place}, found"):
        q.parse(text, str)


@pytest.mark.parametrize(
    "text",
    ["(" * 99 + "a" + ")" * 99, "a" * 9000, "a~=(x+)+y", "a~=(x|xx)*y", 'a~="((x*)y)*"'],
)
def test_costly_is_refused(text: str) -> None:
    with pytest.raises(TooComplexError):
        q.parse(text, str)


def test_bad_pattern_is_refused() -> None:
    with pytest.raises(BadRequestDataError, match="not a regular expression"):
        q.parse('a~="[x"', str)


def test_linked_entity_is_refused_as_not_supported() -> None:
    with pytest.raises(NotSupportedError, match="position 6"):
        q.parse('owner{name}=="x"', str)


OWNERS = {
    "urn:x:pipe": Entity(
        "urn:x:pipe",
        ("Pipe",),
        {
            "name": _property("Main 7"),
            "length": _property(120.0),
            "partOf": (Attribute(Kind.RELATIONSHIP, "urn:x:net"),),
        },
    ),
    "urn:x:net": Entity("urn:x:net", ("Network",), {"name": _property("North net")}),
    "urn:x:b": Entity("urn:x:b", ("Tank",), {"level": _property(2.0)}),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('on{name}=="Main 7"', True),
        ('on{name}=="Main 8"', False),
        ("on{length}>100;pressure>41", True),
        ("on{length}>100;pressure>99", False),
        ("on{name}", True),
        ("on{missing}", False),
        ('on{Pipe:name}=="Main 7"', True),
        ('on{Pump,Pipe:name}=="Main 7"', True),
        ('on{Pump:name}=="Main 7"', False),
        ('on{partOf{name}}=="North net"', True),
        ('on{Pipe:partOf{Network:name}}~="^North"', True),
        ('on{partOf{Pipe:name}}=="North net"', False),
        ("feeds{level}==2", True),
        ("feeds{level}==1..3|missing", True),
        ("status{name}", False),
        ("missing{name}", False),
    ],
)
def test_linked_entity_is_asked(text: str, expected: bool) -> None:
    query = q.parse(text, str, links=True).bound(OWNERS.get)
    assert query.matches(STATION) is expected
    assert q.parse(query.render(), str, links=True) == query
    assert query.depth >= 1


def test_types_and_names_of_a_linked_entity_are_expanded() -> None:
    query = q.parse("on{Pipe:name}", "urn:e:{}".format, links=True)
    assert query.render() == "<urn:e:on>{<urn:e:Pipe>:<urn:e:name>}"
    assert q.parse(query.render(), str, links=True) == query
    assert query.attributes == {"urn:e:on"}


def test_query_that_was_not_bound_finds_no_linked_entity() -> None:
    assert not q.parse("on{name}", str, links=True).matches(STATION)


@pytest.mark.parametrize(
    "text",
    ["on{", "on{}", "on{name", "!on{name}", "on[k]{name}", "on.observedAt{name}", "on{a}{b}"],
)
def test_malformed_link_is_refused_with_position(text: str) -> None:
    with pytest.raises(BadRequestDataError, match=r"q: .* at position"):
        q.parse(text, str, links=True)


def test_deeply_nested_links_are_refused() -> None:
    with pytest.raises(TooComplexError):
        q.parse("a{" * 50 + "b" + "}" * 50, str, links=True)


def test_names_are_expanded_but_members_are_not() -> None:
    query = q.parse("pressure.observedAt>2026-01-01;createdAt;zone.owner", "urn:e:{}".format)
    assert query.attributes == {"urn:e:pressure", "urn:e:zone"}
    assert query.render() == (
        "<urn:e:pressure>.observedAt>2026-01-01;createdAt;<urn:e:zone>.<urn:e:owner>"
    )
    assert q.parse(query.render(), str) == query


def test_listed_vocabulary_values_are_expanded() -> None:
    expand = "urn:v:{}".format
    entity = Entity(
        "urn:x:1", ("T",), {"urn:v:kind": (Attribute(Kind.VOCAB_PROPERTY, "urn:v:Booster"),)}
    )
    assert q.parse("kind==Booster", expand, expand_values=["kind"]).matches(entity)
    assert not q.parse("kind==Booster", expand).matches(entity)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("a>=1;a<=5", [("a", 1, float("inf")), ("a", float("-inf"), 5)]),
        ("a==2..3;b", [("a", 2, 3)]),
        ("a==7", [("a", 7, 7)]),
        ("a>1|b>2", []),
        ("(a>1|b>2);c<3", [("c", float("-inf"), 3)]),
        ('a=="x";a.b>1;a[k]>1;a!=3;a==1,2', []),
        ("createdAt>1", []),
    ],
)
def test_numeric_bounds_hold_for_every_match(
    text: str, bounds: list[tuple[str, float, float]]
) -> None:
    found = q.parse(text, str).numeric_bounds()
    assert [(b.attribute, b.low, b.high) for b in found] == bounds


@given(st.text(alphabet='ab1.,;|()[]!=<>~"\\ -TZ:{}@*', max_size=40))
def test_any_text_parses_stably_or_is_refused(text: str) -> None:
    try:
        first = q.parse(text, str, links=True)
    except KotaError:
        return
    assert q.parse(first.render(), str, links=True) == first
    first.bound(OWNERS.get).matches(STATION)


@given(st.text(max_size=60))
def test_any_unicode_is_refused_or_matches_without_failing(text: str) -> None:
    try:
        query = q.parse(f"status=={text}", str)
    except KotaError:
        return
    query.matches(STATION)


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["==", "!=", ">", ">=", "<", "<="]),
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60),
)
def test_numbers_compare_as_in_python(value: float, sign: str, other: float) -> None:
    entity = Entity("urn:x:1", ("T",), {"a": _property(other)})
    wanted = {
        "==": other == value,
        "!=": other != value,
        ">": other > value,
        ">=": other >= value,
        "<": other < value,
        "<=": other <= value,
    }[sign]
    assert q.parse(f"a{sign}{value!r}", str).matches(entity) is wanted
