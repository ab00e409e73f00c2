"""The RPCs of this service."""
