"""Files in and out: what a company has in its spreadsheets, read, checked, loaded, and taken back."""
