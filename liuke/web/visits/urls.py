"""Addresses: 拜访."""

from liuke.web.visits import areas, meetings, review, stops, week

urlpatterns = [*stops.urlpatterns, *week.urlpatterns, *review.urlpatterns, *areas.urlpatterns, *meetings.urlpatterns]
