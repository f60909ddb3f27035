"""Where identifiers of people die, and what may be said of people without them."""
