"""Addresses: 督导."""

from liuke.web.supervision import card_reviews, day

urlpatterns = [*day.urlpatterns, *card_reviews.urlpatterns]
