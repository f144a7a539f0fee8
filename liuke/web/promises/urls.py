"""Addresses: 承诺."""

from liuke.web.promises import acts, listing

urlpatterns = [*listing.urlpatterns, *acts.urlpatterns]
