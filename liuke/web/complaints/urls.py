"""The addresses of the complaint pages."""

from __future__ import annotations

from liuke.web.complaints import board, case, closing_acts, entry, figures, handling_acts, outside

urlpatterns = [
    *board.urlpatterns,
    *entry.urlpatterns,
    *outside.urlpatterns,
    *figures.urlpatterns,
    *case.urlpatterns,
    *handling_acts.urlpatterns,
    *closing_acts.urlpatterns,
]
