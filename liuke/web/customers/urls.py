"""Addresses: 客户."""

from liuke.web.customers import bulk, card, editing, listing, next_contact, organisations, privacy, records, truth, why

urlpatterns = [
    *next_contact.urlpatterns,
    *listing.urlpatterns,
    *bulk.urlpatterns,
    *card.urlpatterns,
    *editing.urlpatterns,
    *records.urlpatterns,
    *privacy.urlpatterns,
    *truth.urlpatterns,
    *why.urlpatterns,
    *organisations.urlpatterns,
]
