"""Addresses: 核查."""

from liuke.web.verification import report, week

urlpatterns = [*week.urlpatterns, *report.urlpatterns]
