"""Names of the RuleFiring entity of a rule and its subject."""

from __future__ import annotations

from typing import Final

from kota.model.jsonld import kota_context

_expand = kota_context().expand

RULE_FIRING: Final = _expand("RuleFiring")
RULE: Final = _expand("ruleName")
SUBJECT: Final = _expand("ruleSubject")
ACTIVE: Final = _expand("ruleActive")
FIRED_AT: Final = _expand("ruleFiredAt")
ENDED_AT: Final = _expand("ruleEndedAt")
COUNT: Final = _expand("ruleCount")
VERSION: Final = _expand("ruleVersion")
DIGEST: Final = _expand("ruleDigest")
FIRING: Final = _expand("ruleFiring")
