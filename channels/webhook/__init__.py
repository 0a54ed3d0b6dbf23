"""Calls to other programs over HTTPS: bytes out, a status back, and never to an address inside."""
