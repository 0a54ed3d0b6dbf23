"""How to talk to the outside world: bytes to values and back. Knows no database, no web framework, nothing of ours."""
