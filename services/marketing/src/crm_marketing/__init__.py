"""What brings people here: campaigns, their costs, touchpoints and results."""
