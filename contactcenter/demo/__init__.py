"""The example municipality, Ekhamra kommun: its organisation, people and conversations, all invented."""
