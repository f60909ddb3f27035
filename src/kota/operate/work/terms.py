"""Names of a WorkOrder entity."""

from __future__ import annotations

from typing import Final

from kota.model.jsonld import kota_context

_expand = kota_context().expand

WORK_ORDER: Final = _expand("WorkOrder")
NUMBER: Final = _expand("workNumber")
TITLE: Final = _expand("workTitle")
DESCRIPTION: Final = _expand("description")
STATE: Final = _expand("workState")
SINCE: Final = _expand("workSince")
PRIORITY: Final = _expand("workPriority")
ASSIGNEE: Final = _expand("workAssignee")
DUE_AT: Final = _expand("workDueAt")
SUBJECT: Final = _expand("workSubject")
CAUSE: Final = _expand("workCause")
ALARM: Final = _expand("workAlarm")
CHECKLIST: Final = _expand("workChecklist")
COMMENTS: Final = _expand("workComments")
PHOTOS: Final = _expand("workPhotos")
LIFE: Final = _expand("workLife")
BY: Final = _expand("workBy")
AT: Final = _expand("workAt")
REQUEST: Final = _expand("workRequest")
