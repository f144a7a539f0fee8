"""留客 Liuke: who is slipping away, why, and whom to call today."""
