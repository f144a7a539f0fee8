"""Addresses: 案例、练习、信任自评."""

from liuke.web.coaching import cases, practice, trust

urlpatterns = [*cases.urlpatterns, *practice.urlpatterns, *trust.urlpatterns]
