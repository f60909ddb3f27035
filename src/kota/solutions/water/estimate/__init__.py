"""The network's whole state from what a few sensors say."""
