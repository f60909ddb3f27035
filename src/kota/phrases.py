"""What solutions and demonstrations say, in other languages.

A folder holds a JSON file for each language, ``id.json``: an object from a text as it is written in
the code (a title, a description) or the name of a type or attribute to how that language says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from kota.errors import ConfigurationError, NotFoundError

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def read_phrases(folders: Iterable[Path], language: str) -> dict[str, str]:
    """All phrases of one language; where two folders have the same text, the later one counts.

    Args:
        folders: where the files are; one without the language adds nothing.
        language: tag by BCP 47, ``id``.

    Raises:
        NotFoundError: `language` is no language tag.
        ConfigurationError: a file is not an object of texts; names it and the place.
    """
    if not _LANGUAGE.fullmatch(language):
        raise NotFoundError(f"{language!r} is no language tag", hint="name one such as 'id'")
    found: dict[str, str] = {}
    for folder in folders:
        file = folder / f"{language}.json"
        if file.is_file():
            found |= _read(file)
    return found


def _read(file: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{file}: {error}", hint="an object of texts by text") from error
