"""Beside the script: what was answered in each step, what the customer wants, how far conversations get."""
