"""Regular expressions from outside: bounded, so that one request cannot hold the server."""

from __future__ import annotations

import re
from functools import lru_cache

from kota.errors import BadRequestDataError, TooComplexError

MAX_PATTERN = 512
MAX_SUBJECT = 2048
MAX_REPEATS = 6

_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?[:=!<>P#iLmsux-]*)?|\)|\{\d+,\d*\}|[*+|]", re.DOTALL
)


@lru_cache(maxsize=256)
def compile_pattern(text: str, parameter: str) -> re.Pattern[str]:
    """Compile a regular expression after a look at what it may cost.

    Python's engine backtracks: a repeated group that repeats inside, or has alternatives, takes
    time exponential in the text. Such patterns are refused, and `find` looks at no more than
    `MAX_SUBJECT` characters of a value.

    Args:
        text: the expression, searched for anywhere in the value.
        parameter: where it comes from, for messages.

    Raises:
        BadRequestDataError: not a regular expression.
        TooComplexError: longer than `MAX_PATTERN`, or one that may take too long.
    """
    if len(text) > MAX_PATTERN:
        raise TooComplexError(
            f"{parameter}: a pattern of {len(text)} characters", hint=f"at most {MAX_PATTERN}"
        )
    _refuse_costly(text, parameter)
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadRequestDataError(
            f"{parameter}: {text!r} is not a regular expression ({error})"
        ) from None


def find(pattern: re.Pattern[str], value: str) -> bool:
    """Whether the pattern occurs in the first `MAX_SUBJECT` characters of a value."""
    return pattern.search(value, 0, MAX_SUBJECT) is not None


def _refuse_costly(text: str, parameter: str) -> None:
    varied = [False]
    repeats = 0
    closed_varied = False
    for found in _TOKEN.finditer(text):
        token = found.group()
        after_group = closed_varied and text[found.start() - 1] == ")"
        closed_varied = False
        if token.startswith("("):
            varied.append(False)
        elif token == ")":
            closed_varied = len(varied) > 1 and varied.pop()
            varied[-1] = varied[-1] or closed_varied
        elif token == "|":
            varied[-1] = True
        elif token[0] in "*+{":
            repeats += 1
            varied[-1] = True
            if after_group:
                raise TooComplexError(
                    f"{parameter}: {text!r} repeats a group that repeats or has alternatives",
                    hint="write it without the outer repeat",
                )
    if repeats > MAX_REPEATS:
        raise TooComplexError(
            f"{parameter}: {text!r} has {repeats} repeats", hint=f"use at most {MAX_REPEATS}"
        )
