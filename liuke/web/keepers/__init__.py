"""公海、交接、借出的卡: in whose hands customers and their cards are."""
