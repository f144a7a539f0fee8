"""Every address as every role: the table of permissions is kept exactly, nothing is read out of sight, nothing is changed by looking."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from liuke.audit.models import AuditEntry
from liuke.team.models import User
from liuke.team.permissions import PERMISSIONS
from liuke.team.queries import pack
from liuke.web.doors import OPEN, PUBLIC
from tests.cast import card
from tests.web.routes import EXAMPLES, NOBODY, POSTS, THIRD_PARTY, Route, World, build, walk

ROUTES = list(walk())
OURS = [route for route in ROUTES if route.permission is not None]
GUARDED = [route for route in OURS if route.permission != PUBLIC]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROLES = ("chensiyuan", "linqian", "hejing", "xuwentao", "fangmin", "zhaoguoping", "admin")
NARROW = ("chensiyuan", "linqian", "hejing")  # who do not see the other region
WRITE = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+\"?(\w+)", re.IGNORECASE)
SIGN_IN = 302
ANSWERS = (200, 204, 302, 303, 400, 409, 422)

each = pytest.mark.parametrize("route", OURS, ids=lambda route: route.name)
each_guarded = pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once for the whole walk; what a test does to it is taken back."""
    with django_db_blocker.unblock(), taken_back():
        yield build()


@pytest.fixture
def world(company: World, db: None) -> World:
    cache.clear()
    return company


@contextmanager
def writes() -> Iterator[list[str]]:
    """The tables written to meanwhile. What a session remembers is no business of the company's and is left out."""
    found: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if (hit := WRITE.match(sql)) and hit[2] != "django_session":
            found.append(hit[2])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


def signed_in(username: str, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(User.objects.get(username=username), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def filled(route: Route, world: World, seen: bool = True) -> str:
    if not route.wants:
        return route.url()
    example = EXAMPLES[route.name]
    return route.url(**(example.seen if seen else example.unseen)(world))


def data(route: Route) -> dict[str, str]:
    return EXAMPLES[route.name].post if route.name in EXAMPLES else POSTS.get(route.name, {})


def allowed(route: Route, username: str) -> bool:
    role = User.objects.get(username=username).role
    return role in PERMISSIONS[str(route.permission)]


def sees(route: Route, username: str) -> bool:
    example = EXAMPLES.get(route.name)
    return example is None or example.sees is None or username in example.sees


def ask(client: Client, method: str, address: str, route: Route) -> Any:
    return client.post(address, data(route)) if method == "POST" else client.generic(method, address)


# ── the table of examples is complete ──


def test_every_view_says_who_may_use_it() -> None:
    unmarked = [route.name for route in ROUTES if route.permission is None and not route.view.__module__.startswith(OPEN)]
    assert unmarked == [], "without @door these do not open"
    assert {route.name for route in ROUTES if route.permission is None} == THIRD_PARTY
    assert all(set(route.methods) <= set(METHODS) and route.methods for route in OURS)


def test_every_object_has_an_example() -> None:
    wanted = {route.name for route in OURS if route.wants}
    assert wanted - set(EXAMPLES) == set(), "one line each in tests/web/routes.py"
    assert set(EXAMPLES) - wanted == set(), "these addresses are gone"
    assert set(POSTS) - {route.name for route in OURS} == set(), "these addresses are gone"


def test_no_two_addresses_have_one_name() -> None:
    names = [route.name for route in ROUTES]
    assert sorted(names) == sorted(set(names))


# ── who gets in ──


@each_guarded
def test_strangers_are_sent_to_sign_in(world: World, route: Route) -> None:
    gone = signed_in("zhaoguoping")
    User.objects.filter(username="zhaoguoping").update(is_active=False)
    address = filled(route, world)
    for client in (Client(), gone):
        for method in METHODS:
            with writes() as touched:
                answer = client.generic(method, address)
            assert answer.status_code == SIGN_IN, method
            assert answer["Location"].startswith("/account/login/?next=/"), method
            assert touched == [], method
        # The page itself offers to sign in, so that what was typed stays.
        assert client.get(address, headers={"HX-Request": "true"}).status_code == 401


@each_guarded
def test_the_table_is_kept_and_looking_changes_nothing(world: World, route: Route) -> None:
    address = filled(route, world)
    for username in ROLES:
        client = signed_in(username)
        # Ways that no page has are asked for by two: one who may do almost everything, and one who may do almost nothing.
        for method in METHODS if username in ("zhaoguoping", "admin") else (*{"GET", "POST", *route.methods},):
            case = f"{username} {method}"
            with taken_back(), writes() as touched:
                answer = ask(client, method, address, route)
            if not allowed(route, username):
                assert answer.status_code == 404, case
                assert set(touched) <= {"audit_auditentry"}, f"{case}: only that somebody was refused"
                continue
            if method not in route.methods:
                assert answer.status_code == 405, case
            elif not sees(route, username):
                assert answer.status_code == 404, case
            else:
                assert answer.status_code in ANSWERS, case
                assert "/account/login/" not in answer.headers.get("Location", ""), case
            if method != "POST":
                assert set(touched) <= ({"audit_auditentry"} if answer.status_code == 404 else set()), case


@each
def test_a_page_without_a_head(world: World, route: Route) -> None:
    """HEAD comes with GET: it answers the same, and changes nothing."""
    client = signed_in("zhaoguoping")
    with writes() as touched:
        looked, asked = client.head(filled(route, world)), client.get(filled(route, world))
    assert looked.status_code == asked.status_code
    assert getattr(looked, "streaming", False) or looked.content == b""
    assert set(touched) <= {"audit_auditentry"}


@pytest.mark.parametrize("route", [route for route in GUARDED if route.wants], ids=lambda route: route.name)
def test_what_is_out_of_sight_is_not_there(world: World, route: Route) -> None:
    address = filled(route, world, seen=False)
    for username in (*NARROW, "admin"):
        client = signed_in(username)
        for method in route.methods:
            case = f"{username} {method}"
            with writes() as touched:
                answer = ask(client, method, address, route)
            assert answer.status_code == 404, case
            assert set(touched) <= {"audit_auditentry"}, case
    assert not AuditEntry.objects.exclude(verb__in=("door.denied", "door.missing")).exists()


# ── what changes ──


@pytest.mark.parametrize("route", [route for route in ROUTES if route.permission is None or "POST" in route.methods], ids=lambda r: r.name)
def test_without_a_token_nothing_is_done(world: World, route: Route) -> None:
    for username in ("zhaoguoping", "admin"):  # it is asked before anybody's role is
        client = signed_in(username, enforce_csrf_checks=True)
        for token in ({}, {"csrfmiddlewaretoken": "a" * 64}):
            with writes() as touched:
                answer = client.post(filled(route, world), {**data(route), **token})
            assert answer.status_code == 403
            assert touched == []
            assert "这一页放得太久了" in answer.content.decode()


# ── a refusal is written down ──


def test_a_refusal_is_written_down_once_a_minute(world: World) -> None:
    client = signed_in("chensiyuan")
    assert client.get("/team/").status_code == 404
    assert client.get("/team/").status_code == 404
    assert client.get("/audit/").status_code == 404
    entries = AuditEntry.objects.filter(verb="door.denied").order_by("seq")
    assert [(entry.actor, entry.detail) for entry in entries] == [
        (world.cast.chen.pk, {"path": "team", "method": "GET"}),
        (world.cast.chen.pk, {"path": "audit", "method": "GET"}),
    ]


def test_guessing_ids_is_written_down(world: World) -> None:
    client, hidden = signed_in("chensiyuan"), world.cast.ding
    other = card(hidden, "王芳")
    for pk in (other.pk, NOBODY):
        assert client.get(f"/customers/{pk}/").status_code == 404
    assert signed_in("admin").get(f"/customers/{other.pk}/").status_code == 404
    entry = AuditEntry.objects.get(verb="door.missing")
    assert (entry.actor, entry.detail) == (world.cast.chen.pk, {"path": "customer", "of": {"pk": other.pk}})


def test_numbers_cannot_be_tried_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = pack().model_copy(update={"cards": pack().cards.model_copy(update={"number_searches": 3})})
    monkeypatch.setattr("liuke.custody.searching.pack", lambda: limited)
    client = signed_in("chensiyuan")
    for asked in ("0001", "0002", "13812345678"):
        assert client.get("/customers/", {"q": asked}).status_code == 200
    for address in ("/customers/", "/palette/"):
        answer = client.get(address, {"q": "0004"}, headers={"HX-Request": "true"})
        assert answer.status_code == 429 and "一小时里您按号码找了 3 次" in answer.content.decode()
    assert client.get("/customers/", {"q": "张"}).status_code == 200  # by name as ever
    assert signed_in("hejing").get("/customers/", {"q": "0004"}).status_code == 200
    entry = AuditEntry.objects.get(verb="search.many_numbers")
    assert (entry.actor, entry.detail) == (world.cast.chen.pk, {"times": 3})


def unmarked(request: Any) -> HttpResponse:
    return HttpResponse("secret")


urlpatterns = [path("unmarked/", unmarked)]
handler404 = "liuke.web.errors.not_found"


@override_settings(ROOT_URLCONF=__name__)
def test_a_view_without_a_mark_does_not_open(world: World) -> None:
    for client in (Client(), signed_in("zhaoguoping")):
        answer = client.get("/unmarked/")
        assert answer.status_code == 404
        assert b"secret" not in answer.content


# ── third parties' pages ──


@pytest.mark.parametrize("name", sorted(THIRD_PARTY - {"mfa_download_recovery_codes"}))
def test_no_page_of_a_third_party_is_bare(world: World, name: str) -> None:
    """Whatever of theirs can be reached looks like ours, and none of it breaks."""
    route = next(route for route in ROUTES if route.name == name)
    for client in (Client(), signed_in("chensiyuan")):
        for answer in (client.get(route.url(), follow=True), client.post(route.url(), follow=True)):
            assert answer.status_code in (200, 404, 405), name
            assert answer.status_code == 405 or b"lk-" in answer.content, name


@pytest.mark.parametrize(
    "address", ["account/signup/", "account/email/", "account/password/reset/", "account/password/set/", "accounts/login/"]
)
def test_what_we_do_not_offer_is_not_there(world: World, address: str) -> None:
    assert Client().get(f"/{address}").status_code == 404
    assert signed_in("chensiyuan").post(f"/{address}").status_code == 404
