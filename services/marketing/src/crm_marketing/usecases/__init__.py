"""One module per verb that has a rule."""
