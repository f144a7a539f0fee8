"""分组: the list and the builder."""
