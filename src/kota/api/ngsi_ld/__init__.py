"""The NGSI-LD binding over HTTP at ``/ngsi-ld/v1`` (ETSI GS CIM 009 V1.9.1, clause 6)."""

from kota.api.ngsi_ld.routes import routes
from kota.api.ngsi_ld.services import Services

__all__ = ["Services", "routes"]
