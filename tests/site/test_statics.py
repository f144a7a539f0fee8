"""Files of the front end that are gone since the server's start."""

from django.test import RequestFactory
from whitenoise.responders import StaticFile

from liuke.site.statics import Statics


def test_a_file_that_is_gone_is_not_found(tmp_path):
    path = tmp_path / "app-1A2B3C4D.js"
    path.write_text("1")
    known, request = StaticFile(str(path), []), RequestFactory().get("/static/dist/app-1A2B3C4D.js")
    there = Statics.serve(known, request)
    assert there.status_code == 200 and b"".join(there) == b"1"
    path.unlink()
    assert Statics.serve(known, request).status_code == 404
