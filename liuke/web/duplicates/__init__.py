"""疑似重复: pairs, the merge and its undo."""
