"""Which text of a LanguageProperty a reader gets."""

from __future__ import annotations

import pytest

from kota.model.languages import choose

PLAIN = {"fr": "Grand Place", "nl": "Grote Markt"}
REGIONAL = {"de": "Platz", "en-US": "Main Square"}


@pytest.mark.parametrize(
    ("texts", "wanted", "language"),
    [
        (PLAIN, "nl", "nl"),
        (PLAIN, "FR", "fr"),
        (PLAIN, "fr;q=0.2,nl;q=0.9", "nl"),
        (PLAIN, "fr-CH,fr;q=0.9,en;q=0.8,*;q=0.5", "fr"),
        (PLAIN, "nl-BE", "nl"),
        (PLAIN, "zh-Hant-TW, nl;q=0.1", "nl"),
        (PLAIN, "nl;q=0, fr", "fr"),
        (PLAIN, "nl;q=x, fr;q=0.1", "fr"),
        (PLAIN, "*", "fr"),
        (PLAIN, "pt", "fr"),
        (PLAIN, "", "fr"),
        (REGIONAL, "en", "en-US"),
        (REGIONAL, "en-GB", "en-US"),
        ({"de": "a", "en": "b"}, "pt", "en"),
        ({"de": "a", "en": "b", "@none": "c"}, "pt", "@none"),
    ],
)
def test_language_is_chosen(texts: dict[str, str], wanted: str, language: str) -> None:
    assert choose(texts, wanted) == (language, texts[language])
