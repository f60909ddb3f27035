"""JSON-LD contexts compiled to flat term maps: names in, IRIs out, and back."""

from kota.model.jsonld.bundled import core_context, kota_context
from kota.model.jsonld.closure import Source, is_core
from kota.model.jsonld.compiler import Compiler
from kota.model.jsonld.context import Context

__all__ = ["Compiler", "Context", "Source", "core_context", "is_core", "kota_context"]
