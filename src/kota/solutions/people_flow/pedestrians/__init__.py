"""A simulated town on foot, with the devices that count it."""
