"""拜访: today's stops, the week's plan, areas, meetings, the review."""
