"""Entities with their transitions, and the pure policies that decide about them."""
