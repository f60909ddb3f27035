"""From a few counters to every street: flow, level of service, trips, crowding, studies."""
