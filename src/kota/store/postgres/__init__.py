"""What both stores share where they stand on PostgreSQL: address, connections, versions."""
