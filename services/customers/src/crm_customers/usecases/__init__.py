"""The verbs of the customers service, one file each."""
