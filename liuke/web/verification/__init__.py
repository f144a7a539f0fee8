"""核查: the week's sample and what it says."""
