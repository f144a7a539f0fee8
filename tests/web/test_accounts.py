"""Sign-in, the second step, and what both leave in the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from liuke.audit.models import AuditEntry
from liuke.team import actions
from liuke.team.labels import Role
from liuke.team.models import User
from tests.browser import PHONE
from tests.cast import Cast, assemble

PASSWORD = "kuaihuilai-2026"


@pytest.fixture(autouse=True)
def chinese() -> Any:
    cache.clear()
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    cast = assemble()
    for user in User.objects.all():
        user.set_password(PASSWORD)
        user.save()
    return cast


def log_in(username: str, password: str = PASSWORD, client: Client | None = None) -> tuple[Client, Any]:
    client = client or Client()
    return client, client.post("/account/login/", {"login": username, "password": password})


def written() -> list[tuple[str, int | None, int | None]]:
    return [(entry.verb, entry.actor, entry.object) for entry in AuditEntry.objects.order_by("seq")]


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


# ── in and out ──


def test_in_and_out(cast: Cast) -> None:
    client, answer = log_in("chensiyuan")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/me/").status_code == 200
    assert client.get("/account/logout/").status_code == 200, "asking does not log out"
    assert client.get("/me/").status_code == 200
    assert client.post("/account/logout/")["Location"] == "/account/login/"
    assert client.get("/me/").status_code == 302
    chen = cast.chen.pk
    assert written() == [("login.ok", chen, chen), ("login.out", chen, chen)]


def test_back_to_where_one_wanted_to_go(cast: Cast) -> None:
    client = Client()
    asked = client.get("/me/")
    assert asked["Location"] == "/account/login/?next=/me/"
    assert 'name="next" value="/me/"' in client.get(asked["Location"]).content.decode()
    answer = client.post("/account/login/", {"login": "chensiyuan", "password": PASSWORD, "next": "/me/"})
    assert answer["Location"] == "/me/"


@pytest.mark.parametrize("bad", ["https://example.com/", "//example.com/", "javascript:alert(1)"])
def test_never_to_another_site(cast: Cast, bad: str) -> None:
    answer = Client().post("/account/login/", {"login": "chensiyuan", "password": PASSWORD, "next": bad})
    assert answer["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_read_alike(cast: Cast) -> None:
    pages = [log_in(name, "wrong-one")[1] for name in ("chensiyuan", "13800001234")]
    for page in pages:
        assert page.status_code == 200
        assert "登录名或密码不对。" in page.content.decode()
    assert written() == [("login.failed", None, cast.chen.pk), ("login.unknown", None, None)]
    assert "13800001234" not in str(list(AuditEntry.objects.values())), "people type their password, or a customer's number, by mistake"


def test_guessing_is_slowed(cast: Cast) -> None:
    for _ in range(5):
        log_in("chensiyuan", "wrong-one")
    _, page = log_in("chensiyuan")
    assert "试了太多次，请过 5 分钟再来。" in page.content.decode()
    assert log_in("linqian")[1].status_code == 302, "somebody else still gets in"


def test_hammering_the_page_is_stopped_in_our_words(cast: Cast) -> None:
    client = Client()
    answers = [client.post("/account/login/", {"login": f"nobody{n}", "password": "x"}) for n in range(31)]
    assert answers[-1].status_code == 429
    assert "试得太快了" in answers[-1].content.decode()


def test_who_was_cut_off_does_not_get_in(cast: Cast) -> None:
    actions.deactivate(cast.root, cast.chen)
    client, answer = log_in("chensiyuan")
    assert answer["Location"] == "/account/inactive/"
    assert "这个登录名已停用" in client.get("/account/inactive/").content.decode()
    assert client.get("/me/").status_code == 302
    assert written()[-1] == ("login.inactive", None, cast.chen.pk)


@pytest.mark.parametrize("change", ["deactivate", "role", "unit", "password"])
def test_a_session_ends_with_its_rights(cast: Cast, change: str) -> None:
    client, _ = log_in("chensiyuan")
    other, _ = log_in("linqian")
    assert client.get("/me/").status_code == 200
    if change == "deactivate":
        actions.deactivate(cast.root, cast.chen)
    elif change == "password":
        actions.reset_password(cast.root, cast.chen)
    else:
        role, unit = (Role.SUPERVISOR, cast.binjiang) if change == "role" else (Role.REP, cast.jiangning)
        actions.change_user(cast.root, cast.chen.pk, name="陈思远", role=role, unit=unit)
    assert client.get("/me/")["Location"] == "/account/login/?next=/me/"
    assert other.get("/me/").status_code == 200


# ── passwords ──


def test_a_given_password_is_changed_before_anything_else(cast: Cast) -> None:
    password = actions.reset_password(cast.root, cast.chen)
    client, _ = log_in("chensiyuan", password)
    for address in ("/", "/me/", "/check-outs/"):
        assert client.get(address)["Location"] == "/account/password/", address
    assert "请换成自己的密码" in client.get("/account/password/").content.decode()
    answer = client.post("/account/password/", {"oldpassword": password, "password1": "xin-mima-8866", "password2": "xin-mima-8866"})
    assert answer["Location"] == "/me/"
    page = client.get("/me/")
    assert page.status_code == 200, "this session goes on"
    assert "密码改好了" in page.content.decode()
    assert written()[-1] == ("user.password_change", cast.chen.pk, cast.chen.pk)


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("wrong", "xin-mima-8866", "xin-mima-8866", "现在的密码不对。"),
        (PASSWORD, "xin-mima-8866", "xin-mima-8867", ""),
        (PASSWORD, "12345678", "12345678", ""),
        (PASSWORD, "chensiyuan", "chensiyuan", ""),
        (PASSWORD, "short", "short", ""),
    ],
)
def test_a_password_that_is_not_taken(cast: Cast, old: str, new: str, again: str, said: str) -> None:
    client, _ = log_in("chensiyuan")
    page = client.post("/account/password/", {"oldpassword": old, "password1": new, "password2": again})
    assert page.status_code == 200
    assert 'class="lk-note-e"' in page.content.decode()
    assert said in page.content.decode()
    cast.chen.refresh_from_db()
    assert cast.chen.check_password(PASSWORD)
    assert "user.password_change" not in {verb for verb, _, _ in written()}


# ── the second step ──


Committed = Callable[..., AbstractContextManager[object]]


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Committed) -> Committed:
    """What waits for the commit is done at the end of the block, as it would be outside a test."""
    return partial(django_capture_on_commit_callbacks, execute=True)


def turn_on(client: Client) -> str:
    """Turns it on for who is logged in; the secret."""
    page = client.get("/account/2fa/totp/activate/", follow=True)
    if page.redirect_chain:
        page = client.post(page.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    secret: str = page.context["form"].secret if page.context else client.session["mfa.totp.secret"]
    answer = client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer["Location"] == "/account/2fa/recovery-codes/"
    return secret


def test_the_second_step(cast: Cast, committed: Committed) -> None:
    client, _ = log_in("chensiyuan")
    with committed():
        secret = turn_on(client)
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    page = client.get("/account/2fa/recovery-codes/").content.decode()
    assert all(code in page for code in codes)
    assert len(codes) == 10
    client.post("/account/logout/")
    cache.clear()  # the code is used once only; a later log-in has a later one

    fresh, answer = log_in("chensiyuan")
    assert answer["Location"] == "/account/2fa/authenticate/"
    assert fresh.get("/me/").status_code == 302, "half way in is not in"
    wrong = fresh.post("/account/2fa/authenticate/", {"code": "000000"})
    assert "动态码不对" in wrong.content.decode()
    assert fresh.post("/account/2fa/authenticate/", {"code": code_of(secret)})["Location"] == "/"
    assert fresh.get("/me/").status_code == 200

    lost, _ = log_in("chensiyuan")
    assert lost.post("/account/2fa/authenticate/", {"code": codes[0]})["Location"] == "/"
    again, _ = log_in("chensiyuan")
    assert again.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 200, "a recovery code works once"

    chen = cast.chen.pk
    verbs = [verb for verb, _, _ in written()]
    assert verbs[:4] == ["login.ok", "two_factor.on", "two_factor.codes", "login.out"]
    assert ("two_factor.failed", None, chen) in written()

    with committed():
        asked = lost.post("/account/2fa/totp/deactivate/", follow=True)
        assert "请再输一次密码" in asked.content.decode()
        turned_off = lost.post(asked.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    assert "两步验证没开" in turned_off.content.decode()
    assert not Authenticator.objects.filter(user=cast.chen).exists()
    assert written()[-1] == ("two_factor.off", chen, chen)


def test_a_new_set_of_codes(cast: Cast, committed: Committed) -> None:
    client, _ = log_in("chensiyuan")
    with committed():
        turn_on(client)
    before = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    assert "旧的 10 个会马上作废" in client.get("/account/2fa/recovery-codes/generate/").content.decode()
    with committed():
        client.post("/account/2fa/recovery-codes/generate/")
    after = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    assert not set(before) & set(after)
    assert [verb for verb, _, _ in written()].count("two_factor.codes") == 2
    saved = client.get("/account/2fa/recovery-codes/download/")
    assert saved["Content-Type"].startswith("text/plain")
    assert all(code in saved.content.decode() for code in after)


def test_the_second_step_asks_for_the_password_first(cast: Cast) -> None:
    client, _ = log_in("chensiyuan")
    page = client.get("/account/2fa/totp/activate/", follow=True)
    assert page.redirect_chain[0][0].startswith("/account/reauthenticate/")
    assert "请再输一次密码" in page.content.decode()
    assert "密码不对。" in client.post(page.redirect_chain[0][0], {"password": "wrong-one"}).content.decode()


# ── seen ──


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_before_the_door(live: Any, axe: Any, fits: Any, sign_in: Any, theme: str) -> None:
    cast = assemble()
    cast.chen.set_password(PASSWORD)
    cast.chen.save()
    live.emulate_media(color_scheme=theme)
    live.goto("/account/login/")
    for size in (PHONE, {"width": 1440, "height": 900}):
        live.set_viewport_size(size)
        axe(live)
        fits(live)
    live.get_by_label("登录名").fill("chensiyuan")
    live.get_by_label("密码").fill(PASSWORD)
    live.get_by_role("button", name="登录").click()
    for address in ("/account/logout/", "/account/password/", "/account/2fa/", "/account/2fa/totp/activate/"):
        live.goto(address)
        for size in (PHONE, {"width": 1440, "height": 900}):
            live.set_viewport_size(size)
            axe(live)
            fits(live)
