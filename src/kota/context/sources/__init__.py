"""Other brokers that hold part of the city: who is registered, and how they are asked."""
