from __future__ import annotations
def people(today, places): return []
