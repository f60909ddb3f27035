"""The language of the city: entities, attributes, quality, terms and queries. Pure: no I/O, no clock."""
