"""What is true in sales, whoever asks: deals, offers, contracts, money."""
