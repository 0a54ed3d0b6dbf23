"""Processes: they open an application context, call a use case and know everything below."""
