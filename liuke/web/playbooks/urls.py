"""Addresses: 打法."""

from liuke.web.playbooks import acts, editing, effect, effect_lists, listing, rounds, scripts

urlpatterns = [
    *effect.urlpatterns,
    *effect_lists.urlpatterns,
    *rounds.urlpatterns,
    *editing.urlpatterns,
    *acts.urlpatterns,
    *scripts.urlpatterns,
    *listing.urlpatterns,
]
