"""Kota's own API at ``/api/v1``: what the dashboard and small clients need, with OpenAPI."""
