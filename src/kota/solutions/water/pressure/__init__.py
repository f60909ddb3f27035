"""Set-points of pressure-reducing valves: as low as customers allow."""
