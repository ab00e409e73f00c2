"""The service desk's side of its contract, one servicer per proto service."""
