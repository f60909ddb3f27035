"""The live stream at ``/api/v1/live``: what changes, as it changes, over a WebSocket.

A client says what it watches. Clients that watch the same share one channel: changes are
gathered there, the latest value of each attribute, and written once for all of them every
`interval_ms`. A client that is slow gets fewer and larger frames, never a growing queue.
"""
