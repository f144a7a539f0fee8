"""Addresses: 关怀."""

from liuke.web.care import calendar, gatherings, rules

urlpatterns = [*calendar.urlpatterns, *rules.urlpatterns, *gatherings.urlpatterns]
