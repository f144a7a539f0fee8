"""客户: the list and its conditions, the card, and what is entered, changed or looked up on it."""
