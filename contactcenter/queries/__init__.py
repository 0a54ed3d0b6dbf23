"""Reads for pages: each asks the database through `access` and answers with the shapes the templates show."""
