"""Addresses: Beside the script."""

from liuke.web.conversations import needs, steps, talks

urlpatterns = [*talks.urlpatterns, *needs.urlpatterns, *steps.urlpatterns]
