"""The coming hours of a network, run ahead on its hydraulic model from how it stands."""
