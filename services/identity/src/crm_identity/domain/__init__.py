"""Entities and policies of identity."""
