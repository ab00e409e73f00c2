"""The verbs of the leads service, one file each."""
