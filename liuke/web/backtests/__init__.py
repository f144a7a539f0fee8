"""回测: what was said of a past day, and what came."""
