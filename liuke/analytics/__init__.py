"""Columnar answers: who each customer is today. Pure NumPy and Arrow; no database, no clock.

facts.facts(tables, as_of_day, thresholds) -> Facts        per customer, one shard at a time
summary.summarise([facts, ...], thresholds) -> Cuts        a few numbers over all shards
assign.assign(facts, cuts, thresholds) -> pyarrow.Table    per customer again: grades, stage, reasons
"""

RULES_VERSION = 1
"""Raise it when a change of the code makes other rows of the same facts: the next run then judges everybody anew."""
