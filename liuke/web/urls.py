"""The addresses of our own pages, one list per file."""

from django.urls import include, path

from liuke.web import (
    accounts,
    audit,
    backtests,
    check_outs,
    cockpit,
    customer_card,
    customer_entry,
    customer_records,
    customer_why,
    customers,
    dates,
    exports,
    handover,
    home,
    imports,
    me,
    palette,
    team,
    today,
)

urlpatterns = [
    path("", include(home.urlpatterns)),
    path("", include(accounts.urlpatterns)),
    path("", include(me.urlpatterns)),
    path("", include(team.urlpatterns)),
    path("", include(audit.urlpatterns)),
    path("", include(check_outs.urlpatterns)),
    path("", include(today.urlpatterns)),
    path("", include(cockpit.urlpatterns)),
    path("", include(backtests.urlpatterns)),
    path("", include(customers.urlpatterns)),
    path("", include(handover.urlpatterns)),
    path("", include(customer_card.urlpatterns)),
    path("", include(customer_entry.urlpatterns)),
    path("", include(customer_records.urlpatterns)),
    path("", include(customer_why.urlpatterns)),
    path("", include(palette.urlpatterns)),
    path("", include(dates.urlpatterns)),
    path("", include(imports.urlpatterns)),
    path("", include(exports.urlpatterns)),
]
