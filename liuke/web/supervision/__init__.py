"""督导: the team's day and the review of cards."""
