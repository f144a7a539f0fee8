"""Every address of the product, and who answers when there is no answer."""

from django.urls import include, path

urlpatterns = [path("", include("liuke.web.urls"))]

handler400 = "liuke.web.errors.bad_request"
handler403 = "liuke.web.errors.forbidden"
handler404 = "liuke.web.errors.not_found"
handler429 = "liuke.web.errors.too_many"
handler500 = "liuke.web.errors.server_error"
