"""The water network as it is lived: what its signals contradict, and what would explain it."""
