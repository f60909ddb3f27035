"""Notices to people: by e-mail, webhook, MQTT and Web Push, durable and visible."""
