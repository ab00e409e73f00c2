"""Who we trade with: customers, their contacts and everything that happened with them."""
