"""The service: tables, use cases, pages, live view and settings of the contact center."""

__version__ = "0.1.0"
