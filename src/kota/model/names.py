"""What may name a thing: URIs, names of types and attributes, scopes.

Clauses 4.5.1, 4.6.2 and 4.18 of ETSI GS CIM 009.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from kota.errors import BadRequestDataError
from kota.model import terms

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20\x7f<>\"{}|\\^`]+")
_NAME = re.compile(r"[^\W\d_]\w*")
_SCOPE = re.compile(r"/?[^\W\d_]\w*(/[^\W\d_]\w*)*")
_MAX_LENGTH = 2048
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def is_uri(text: Any) -> bool:
    """Whether a value is a URI, or an IRI whose characters can all be seen.

    >>> is_uri("urn:ngsi-ld:Tank:T1"), is_uri("T1")
    (True, False)
    """
    if not isinstance(text, str) or len(text) > _MAX_LENGTH or not _URI.fullmatch(text):
        return False
    return text.isascii() or not any(map(_is_hidden, text))


def require_uri(text: Any, where: str) -> str:
    """The value itself, if it is a URI.

    Raises:
        BadRequestDataError: it is not, or it is the URI that stands for null.
    """
    if not is_uri(text):
        raise BadRequestDataError(
            f"{where}: {_short(text)} is not a URI", hint="write it as urn:ngsi-ld:Type:identifier"
        )
    if text == terms.NULL:
        raise BadRequestDataError(
            f"{where}: {terms.NULL} stands for a deletion and is nothing's id"
        )
    return str(text)


def require_name(term: Any, where: str) -> str:
    """The value itself, if it can be the name of a type or attribute.

    A name is a letter followed by letters, digits and underscores; it may have a prefix, or be a
    full URI (clause 4.6.2).

    Raises:
        BadRequestDataError: it cannot.
    """
    if isinstance(term, str) and len(term) <= _MAX_LENGTH:
        if ":" in term:
            if is_uri(term):
                return term
        elif _NAME.fullmatch(term):
            return term
    raise BadRequestDataError(
        f"{where}: {_short(term)} cannot be a name",
        hint="use letters, digits and underscores, first a letter, or a full URI",
    )


def read_scope(value: Any) -> tuple[str, ...]:
    """The scopes of an entity, each with a leading slash.

    Args:
        value: one scope or a list of them.

    Raises:
        BadRequestDataError: it is neither, or a level is not a name.

    >>> read_scope(["Madrid/Gardens", "/Company"])
    ('/Madrid/Gardens', '/Company')
    """
    items = value if isinstance(value, list) else [value]
    scopes: dict[str, None] = {}
    for item in items:
        if not isinstance(item, str) or len(item) > _MAX_LENGTH or not _SCOPE.fullmatch(item):
            raise BadRequestDataError(
                f"scope: {_short(item)} is not a scope", hint="write it as /Town/North"
            )
        scopes["/" + item.removeprefix("/")] = None
    return tuple(scopes)


def _is_hidden(char: str) -> bool:
    if unicodedata.category(char) in _HIDDEN_CATEGORIES or char in _BLANKS:
        return True
    code = ord(char)
    selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
    return selector or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool) else type(value).__name__
    return text if len(text) <= 80 else text[:77] + "..."
