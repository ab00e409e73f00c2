"""Facts as tables and reports as definitions, without any transport."""
