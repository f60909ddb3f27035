"""Names of an alarm's Alert entity: Smart Data Models' where they exist, else Kota's own."""

from __future__ import annotations

from typing import Final

from kota.model.jsonld import kota_context

_expand = kota_context().expand

ALERT: Final = _expand("Alert")
NAME: Final = _expand("name")
DESCRIPTION: Final = _expand("description")
CATEGORY: Final = _expand("category")
SUB_CATEGORY: Final = _expand("subCategory")
SEVERITY: Final = _expand("severity")
SOURCE: Final = _expand("alertSource")
ISSUED: Final = _expand("dateIssued")
DEFINITION: Final = _expand("alarmDefinition")
STATE: Final = _expand("alarmState")
ACTIVE: Final = _expand("alarmActive")
SUPPRESSED: Final = _expand("alarmSuppressed")
SINCE: Final = _expand("alarmSince")
COUNT: Final = _expand("alarmCount")
ACKNOWLEDGED_BY: Final = _expand("alarmAcknowledgedBy")
ACKNOWLEDGED_AT: Final = _expand("alarmAcknowledgedAt")
ASSIGNEE: Final = _expand("alarmAssignee")
SHELVED_UNTIL: Final = _expand("alarmShelvedUntil")
ESCALATION: Final = _expand("alarmEscalation")
GROUP: Final = _expand("alarmGroup")
CAUSE: Final = _expand("alarmCause")
JUDGED_AT: Final = _expand("alarmJudgedAt")
TRANSITION: Final = _expand("alarmTransition")
CONSEQUENCE: Final = _expand("alarmConsequence")
ACTION: Final = _expand("alarmAction")
OWNER: Final = _expand("alarmOwner")
