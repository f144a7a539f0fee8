"""When there is no answer: three sentences in our words, in both languages, also without a database."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path
from django.utils import translation

from liuke.web import errors
from liuke.web.doors import PUBLIC, door

SENTENCES = {
    400: "没看懂这个请求",
    403: "这一页放得太久了",
    404: "没有这一页",
    405: "这个地址不能这样打开",
    413: "送来的东西太大了",
    429: "试得太快了",
    500: "系统出了错，已经记下",
}


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@door(PUBLIC, ("GET", "POST"))
def breaks(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("the secret of the house")


@door(PUBLIC)
def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("the secret of the house")


@door(PUBLIC, ("POST",))
def reads(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.POST)))


urlpatterns = [path("breaks/", breaks), path("suspicious/", suspicious), path("reads/", reads)]
handler400, handler403, handler404 = errors.bad_request, errors.forbidden, errors.not_found
handler500 = errors.server_error


@pytest.mark.parametrize("status", SENTENCES)
def test_every_status_has_its_page_without_a_database(status: int) -> None:
    """No `db` fixture: a query would raise."""
    answer = errors.page(RequestFactory().get("/somewhere/?q=1"), status)
    text = answer.content.decode()
    assert answer.status_code == status
    assert f"<h1>{SENTENCES[status]}</h1>" in text
    assert text.count("。") == 2, "two sentences after the title"
    assert "！" not in text
    assert 'class="lk-btn lk-pri" href="/' in text


def test_again_only_where_again_makes_sense() -> None:
    asked, sent = RequestFactory().get("/today/?x=1"), RequestFactory().post("/today/")
    assert 'href="/today/?x=1"' in errors.page(asked, 500).content.decode()
    assert 'href="/today/' not in errors.page(sent, 500).content.decode()
    assert 'href="/today/' not in errors.page(asked, 404).content.decode()


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(("address", "status"), [("/breaks/", 500), ("/suspicious/", 400), ("/nowhere/", 404)])
def test_what_went_wrong_inside_is_not_told(address: str, status: int) -> None:
    answer = Client(raise_request_exception=False).get(address)
    assert answer.status_code == status
    assert SENTENCES[status] in answer.content.decode()
    assert "secret" not in answer.content.decode()


@override_settings(ROOT_URLCONF=__name__, DATA_UPLOAD_MAX_MEMORY_SIZE=10)
def test_too_much_at_once() -> None:
    answer = Client().post("/reads/", "a=" + "x" * 100, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert SENTENCES[413] in answer.content.decode()


@pytest.mark.parametrize(
    ("exception", "status"), [(RequestDataTooBig(), 413), (TooManyFieldsSent(), 413), (SuspiciousOperation(), 400), (None, 400)]
)
def test_which_of_the_two(exception: Exception | None, status: int) -> None:
    assert errors.bad_request(RequestFactory().get("/"), exception).status_code == status


@override_settings(ROOT_URLCONF=__name__)
def test_a_page_that_broke_comes_although_the_database_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("asked the database")

    monkeypatch.setattr(connection, "cursor", gone)
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "x" * 32
    assert SENTENCES[500] in client.get("/breaks/").content.decode()


def test_the_other_way_of_a_wrong_method(db: None) -> None:
    answer = Client().delete("/healthz")
    assert answer.status_code == 405
    assert SENTENCES[405] in answer.content.decode()
