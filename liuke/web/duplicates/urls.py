"""Addresses: 疑似重复."""

from liuke.web.duplicates import pairs

urlpatterns = [*pairs.urlpatterns]
