"""Documents on paper: what goes in is a frozen description, what comes out is a PDF. No database here."""
