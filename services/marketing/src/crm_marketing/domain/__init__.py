"""What is true in marketing: campaigns and their money, members, touchpoints, credit; free of transport."""
