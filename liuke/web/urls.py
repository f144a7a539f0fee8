"""The addresses of our own pages: each file and each package has its own list."""

from django.urls import include, path

urlpatterns = [
    path("", include("liuke.web.satisfaction.urls")),  # first: five hundred customers may answer at once
    path("", include("liuke.web.complaints.urls")),
    path("", include("liuke.web.improvement.urls")),
    path("", include("liuke.web.home")),
    path("", include("liuke.web.accounts")),
    path("", include("liuke.web.me")),
    path("", include("liuke.web.notices")),
    path("", include("liuke.web.telling")),
    path("", include("liuke.web.channels")),
    path("", include("liuke.web.team")),
    path("", include("liuke.web.audit")),
    path("", include("liuke.web.keepers.urls")),
    path("", include("liuke.web.today.urls")),
    path("", include("liuke.web.working_calendar")),
    path("", include("liuke.web.customers.urls")),
    path("", include("liuke.web.conversations.urls")),
    path("", include("liuke.web.coaching.urls")),
    path("", include("liuke.web.cockpit.urls")),
    path("", include("liuke.web.churn.urls")),
    path("", include("liuke.web.backtests.urls")),
    path("", include("liuke.web.segments.urls")),
    path("", include("liuke.web.duplicates.urls")),
    path("", include("liuke.web.playbooks.urls")),
    path("", include("liuke.web.care.urls")),
    path("", include("liuke.web.palette")),
    path("", include("liuke.web.privacy")),
    path("", include("liuke.web.promises.urls")),
    path("", include("liuke.web.supervision.urls")),
    path("", include("liuke.web.dates")),
    path("", include("liuke.web.imports.urls")),
    path("", include("liuke.web.exports.urls")),
    path("", include("liuke.web.verification.urls")),
    path("", include("liuke.web.visits.urls")),
]
