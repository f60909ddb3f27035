"""Water quality: events in its sensors, where contamination may come from, whom it reaches."""
