"""流失和挽回: the books of losses with their lists, why customers left, winning them back; the trade's folk numbers."""
