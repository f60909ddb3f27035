"""What the people who run the city do: alarms, and beside them rules, commands, work orders."""
