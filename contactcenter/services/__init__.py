"""The writes: one file for each noun, one verb for each function. They take a session and never commit."""
