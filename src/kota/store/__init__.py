"""What must not be lost: the present state of every entity, and every observation made of them."""
