import pytest

from kota.connect.topics import TopicPattern


@pytest.mark.parametrize(
    ("pattern", "topic", "captures"),
    [
        ("/{apikey}/{device}/attrs", "/k/d 1/attrs", {"apikey": "k", "device": "d 1"}),
        ("/{apikey}/{device}/attrs", "/k/d/x/attrs", None),
        ("/{apikey}/{device}/attrs", "k/d/attrs", None),
        ("a/+/{device}", "a//x", {"device": "x"}),
        ("a/#", "a", {}),
        ("a/#", "a/b/c", {}),
        ("a/#", "ab", None),
        ("v3/{app}@{tenant}/x.y", "v3/one@two/x.y", {"app": "one", "tenant": "two"}),
        ("v3/{app}/x.y", "v3/one/xzy", None),
    ],
)
def test_a_topic_gives_its_names(pattern: str, topic: str, captures: dict[str, str] | None) -> None:
    assert TopicPattern(pattern).match(topic) == captures


def test_a_pattern_knows_what_to_subscribe_to() -> None:
    assert TopicPattern("v3/{app}@{tenant}/{device}/#").subscription == "v3/+/+/#"


@pytest.mark.parametrize("text", ["", "a/{x}/{x}", "a/{/b", "a/{X}", "a/#/b", "a#", "a+/b"])
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        TopicPattern(text)
