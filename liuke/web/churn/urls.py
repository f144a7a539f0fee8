"""The addresses of churn and win-back."""

from liuke.web.churn import acts, cases, folk, loss, names, page

urlpatterns = [
    *page.urlpatterns,
    *names.urlpatterns,
    *loss.urlpatterns,
    *cases.urlpatterns,
    *acts.urlpatterns,
    *folk.urlpatterns,
]
