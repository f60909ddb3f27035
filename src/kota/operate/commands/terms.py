"""Names of a Command entity, and of what commands write on an asset."""

from __future__ import annotations

from typing import Final

from kota.model.jsonld import kota_context

_expand = kota_context().expand

COMMAND: Final = _expand("Command")
ACTUATOR: Final = _expand("commandActuator")
VALUE: Final = _expand("commandValue")
STATE: Final = _expand("commandState")
SINCE: Final = _expand("commandSince")
WORDS: Final = _expand("commandWords")
BY: Final = _expand("commandBy")
AT: Final = _expand("commandAt")
EXPIRES: Final = _expand("commandExpires")
REASON: Final = _expand("commandReason")
CAUSE: Final = _expand("commandCause")
APPROVALS: Final = _expand("commandApprovals")
SEQUENCE: Final = _expand("commandSequence")
SENT_AT: Final = _expand("commandSentAt")
PREVIOUS: Final = _expand("commandPrevious")
RESTORES: Final = _expand("commandRestores")
LIFE: Final = _expand("commandLife")

MODE: Final = _expand("controlMode")
SETTING: Final = _expand("controlSetting")
SAFE: Final = _expand("controlSafe")
