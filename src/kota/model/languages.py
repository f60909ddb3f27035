"""Chooses the text of a LanguageProperty that suits a reader best (clause 4.15)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_NONE = "@none"
_FALLBACKS = (_NONE, "en")


def choose(texts: Mapping[str, Any], wanted: str) -> tuple[str, Any]:
    """The best text and its language.

    Args:
        texts: text, or a list of texts, by language tag.
        wanted: languages as in an Accept-Language header (RFC 9110, 12.5.4).

    Returns:
        The language tag as in `texts`, and what stands there. Where none of the languages wanted
        is there: the text without a language, else English, else the first.

    >>> choose({"en": "Market", "ms": "Pasar"}, "fr, ms-MY;q=0.8, en;q=0.5")
    ('ms', 'Pasar')
    """
    by_tag = {tag.lower(): tag for tag in texts}
    for language in preferences(wanted):
        if language == "*":
            break
        found = _match(language, by_tag)
        if found is not None:
            return found, texts[found]
    for fallback in _FALLBACKS:
        if fallback in texts:
            return fallback, texts[fallback]
    first = next(iter(texts))
    return first, texts[first]


@lru_cache(maxsize=1024)
def preferences(wanted: str) -> tuple[str, ...]:
    """Language ranges of an Accept-Language header in lower case, the most wanted first."""
    ranked: list[tuple[float, int, str]] = []
    for position, item in enumerate(wanted.split(",")):
        language, _, parameter = item.partition(";")
        weight = _weight(parameter)
        if language.strip() and weight > 0:
            ranked.append((-weight, position, language.strip().lower()))
    return tuple(language for _, _, language in sorted(ranked))


def _match(language: str, by_tag: Mapping[str, str]) -> str | None:
    if language in by_tag:
        return by_tag[language]
    for tag in sorted(by_tag):
        if tag.startswith(language + "-"):
            return by_tag[tag]
    parent, dash, _ = language.rpartition("-")
    return _match(parent, by_tag) if dash else None


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
