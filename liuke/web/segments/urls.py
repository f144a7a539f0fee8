"""Addresses: 分组."""

from liuke.web.segments import builder, listing

urlpatterns = [*listing.urlpatterns, *builder.urlpatterns]
