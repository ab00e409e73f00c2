"""What people might buy: captured, matched, scored, pooled, claimed, converted."""
