"""One benchmark per claim; each prints JSON lines and runs its comparison in the same run."""
