"""驾驶舱: the overview and the lists behind it."""
