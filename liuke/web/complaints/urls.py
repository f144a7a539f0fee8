"""The addresses of the complaint pages."""

from __future__ import annotations

from liuke.web.complaints import board, case, doing, entry, figures, outside

urlpatterns = [
    *board.urlpatterns,
    *entry.urlpatterns,
    *outside.urlpatterns,
    *figures.urlpatterns,
    *case.urlpatterns,
    *doing.urlpatterns,
]
