"""Lists as files: what can be exported (registry, lists/), how a file is written (writing), how it comes to be (making)."""
