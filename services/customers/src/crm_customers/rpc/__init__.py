"""The servicers, one file per proto service."""
