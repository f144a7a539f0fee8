"""The addresses of improvement."""

from liuke.web.improvement import acts, angles, pages

urlpatterns = [*pages.urlpatterns, *acts.urlpatterns, *angles.urlpatterns]
