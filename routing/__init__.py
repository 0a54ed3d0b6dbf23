"""Who gets what, and when: pure decisions on facts. Knows no database, no web framework, nothing of ours."""
