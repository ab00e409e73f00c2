"""Serving and calling RPCs from the descriptors of the contract."""
