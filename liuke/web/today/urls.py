"""Addresses: 今日."""

from liuke.web.today import day, keeping, left, offers, team

urlpatterns = [*keeping.urlpatterns, *left.urlpatterns, *team.urlpatterns, *day.urlpatterns, *offers.urlpatterns]
