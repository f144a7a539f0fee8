"""The built front end, served by the web process itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

from liuke.web.errors import not_found


class Statics(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise knows the files of its start. One that is gone since, for the front end was built anew, is not found: no error of ours."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponseBase:
        try:
            found: HttpResponseBase = WhiteNoiseMiddleware.serve(static_file, request)
        except FileNotFoundError:
            return not_found(request)
        return found
