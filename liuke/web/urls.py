"""The addresses of our own pages, one list per file."""

from django.urls import include, path

from liuke.web import home

urlpatterns = [
    path("", include(home.urlpatterns)),
]
