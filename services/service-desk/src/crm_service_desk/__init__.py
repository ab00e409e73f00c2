"""What customers ask of us: tickets, their SLA clocks and the answers' ratings."""
