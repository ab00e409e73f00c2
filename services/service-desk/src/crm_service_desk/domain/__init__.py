"""What is true about tickets, promises and working time, whoever asks."""
