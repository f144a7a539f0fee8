"""Addresses: 导入."""

from liuke.web.imports import steps

urlpatterns = [*steps.urlpatterns]
