"""The addresses of the complaint pages."""

from __future__ import annotations

from liuke.web.complaints import board, case, doing, entry, figures, hours, outside

urlpatterns = [
    *board.urlpatterns,
    *entry.urlpatterns,
    *outside.urlpatterns,
    *figures.urlpatterns,
    *hours.urlpatterns,
    *case.urlpatterns,
    *doing.urlpatterns,
]
