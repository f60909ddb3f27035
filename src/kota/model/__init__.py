"""The language of the city: entities, attributes, quality and queries. No I/O, no clock."""
