"""Addresses: 驾驶舱."""

from liuke.web.cockpit import overview, saves

urlpatterns = [*overview.urlpatterns, *saves.urlpatterns]
