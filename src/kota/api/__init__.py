"""HTTP and the live stream: NGSI-LD, Kota's own API, mounted solution routes."""
