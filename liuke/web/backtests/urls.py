"""Addresses: 回测."""

from liuke.web.backtests import runs

urlpatterns = [*runs.urlpatterns]
