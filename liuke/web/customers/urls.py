"""Addresses: 客户."""

from liuke.web.customers import bulk, editing, listing, next_contact, organisations, privacy, records, truth, why

urlpatterns = [
    *next_contact.urlpatterns,
    *listing.urlpatterns,
    *bulk.urlpatterns,
    *editing.urlpatterns,
    *records.urlpatterns,
    *privacy.urlpatterns,
    *truth.urlpatterns,
    *why.urlpatterns,
    *organisations.urlpatterns,
]
