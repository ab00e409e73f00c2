"""What it all adds up to: facts built from events, and the reports over them."""
