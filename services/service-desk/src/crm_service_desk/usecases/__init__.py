"""What people and timers do with tickets, one file per verb that has a rule."""
