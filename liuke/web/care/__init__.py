"""关怀: the calendar, its rules, gatherings."""
