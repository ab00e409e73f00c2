"""Customers, contacts, what was agreed with them and what happened: entities and policies, free of wire and broker."""
