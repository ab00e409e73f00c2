"""One thin servicer per proto service."""
