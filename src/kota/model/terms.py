"""Names that the standard and Kota give to things, expanded to their IRIs."""

from __future__ import annotations

from typing import Final

NGSI_LD: Final = "https://uri.etsi.org/ngsi-ld/"
DEFAULT_VOCABULARY: Final = NGSI_LD + "default-context/"
CORE_CONTEXT: Final = NGSI_LD + "v1/ngsi-ld-core-context-v1.9.jsonld"

KOTA: Final = "urn:kota:ns:"
KOTA_CONTEXT: Final = "urn:kota:context:v1"

LOCATION: Final = NGSI_LD + "location"
OBSERVATION_SPACE: Final = NGSI_LD + "observationSpace"
OPERATION_SPACE: Final = NGSI_LD + "operationSpace"
NAME: Final = "https://smartdatamodels.org/name"
SCOPE: Final = NGSI_LD + "scope"
TYPES: Final = "@type"
QUALITY: Final = KOTA + "quality"
EXPECTED_INTERVAL: Final = KOTA + "expectedInterval"
CLOCK: Final = KOTA + "clock"
HORIZON: Final = KOTA + "horizon"

NULL: Final = "urn:ngsi-ld:null"
DEFAULT_DATASET: Final = "@none"
