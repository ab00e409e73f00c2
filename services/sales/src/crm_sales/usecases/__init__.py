"""The verbs of the sales service, one file each."""
