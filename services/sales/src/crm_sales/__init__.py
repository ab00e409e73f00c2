"""What is being sold: opportunities, quotes, contracts and the money received."""
