"""The door for other programs: JSON over HTTP with tokens. The same services and the same predicate as the pages."""
