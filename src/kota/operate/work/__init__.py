"""Work orders: from an alarm, a rule or by hand to a crew, and to done."""
