"""导入: a file's way in, step by step."""
