"""Verbs on people: what is done, what is refused (and then nothing has changed), and which sessions end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import time_machine
from allauth.mfa.models import Authenticator

from liuke.audit.models import AuditEntry
from liuke.kernel.refusal import Refused
from liuke.team import actions
from liuke.team.labels import SIGHT, Role
from liuke.team.models import User
from liuke.team.queries import has_two_factor, staff_tree
from liuke.team.rules import login_name
from tests.cast import Cast, assemble


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def entries() -> list[tuple[str, int | None, dict[str, object]]]:
    return [(entry.verb, entry.object, entry.detail) for entry in AuditEntry.objects.order_by("seq")]


def everybody() -> list[dict[str, object]]:
    return list(User.objects.order_by("pk").values())


def test_a_new_colleague_has_a_password_to_change(cast: Cast) -> None:
    user = actions.create_user(cast.root, " luqi ", "陆 琪", Role.REP, cast.binjiang, "abcd-2345", given=True)
    assert (user.username, user.name, user.role, user.unit, user.password_given) == ("luqi", "陆 琪", "rep", cast.binjiang, True)
    assert user.check_password("abcd-2345")
    assert entries() == [("user.create", user.pk, {"username": "luqi", "role": "rep", "unit": cast.binjiang.pk})]
    actions.own_password_set(user, "mine-and-only-mine")
    user.refresh_from_db()
    assert not user.password_given
    assert user.check_password("mine-and-only-mine")
    assert entries()[-1] == ("user.password_change", user.pk, {})


def test_temporary_passwords_can_be_read_out() -> None:
    made = {actions.temporary_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(password) == 12 and not set(password) & set("01ilo") for password in made)


def test_a_change_is_written_with_old_and_new(cast: Cast) -> None:
    actions.change_user(cast.root, cast.chen.pk, name="陈思远", role=Role.SUPERVISOR, unit=cast.east, scope=cast.group)
    cast.chen.refresh_from_db()
    assert (cast.chen.role, cast.chen.unit, cast.chen.scope) == ("supervisor", cast.east, cast.group)
    assert entries() == [
        (
            "user.edit",
            cast.chen.pk,
            {
                "old": {"role": "rep", "unit": cast.binjiang.pk, "scope": None},
                "new": {"role": "supervisor", "unit": cast.east.pk, "scope": cast.group.pk},
            },
        )
    ]
    actions.change_user(cast.root, cast.chen.pk, name="陈思远", role=Role.SUPERVISOR, unit=cast.east, scope=cast.group)
    assert len(entries()) == 1, "nothing changed, nothing written"


@pytest.mark.parametrize(("field", "ends"), [("name", False), ("role", True), ("unit", True), ("scope", True), ("password", True)])
def test_sessions_are_held_against_rights(cast: Cast, field: str, ends: bool) -> None:
    before = cast.chen.get_session_auth_hash()
    if field == "password":
        cast.chen.set_password("another-one")
    else:
        setattr(cast.chen, field, {"name": "陈思遥", "role": Role.AGENT, "unit": cast.east, "scope": cast.group}[field])
    assert (cast.chen.get_session_auth_hash() != before) is ends


@time_machine.travel(datetime(2026, 11, 20, 2, tzinfo=UTC), tick=False)
def test_leaving_and_coming_back(cast: Cast) -> None:
    actions.deactivate(cast.root, cast.chen)
    actions.deactivate(cast.root, cast.chen)
    cast.chen.refresh_from_db()
    assert (cast.chen.is_active, cast.chen.left_on) == (False, date(2026, 11, 20))
    actions.reactivate(cast.root, cast.chen)
    actions.reactivate(cast.root, cast.chen)
    cast.chen.refresh_from_db()
    assert (cast.chen.is_active, cast.chen.left_on) == (True, None)
    assert [verb for verb, _, _ in entries()] == ["user.deactivate", "user.reactivate"], "the second click writes nothing"


def test_a_reset_password_is_temporary(cast: Cast) -> None:
    password = actions.reset_password(cast.root, cast.chen)
    cast.chen.refresh_from_db()
    assert cast.chen.check_password(password)
    assert cast.chen.password_given
    assert entries() == [("user.password_reset", cast.chen.pk, {})], "the password is in no log"


def test_two_factor_of_a_lost_telephone(cast: Cast) -> None:
    Authenticator.objects.create(user=cast.chen, type=Authenticator.Type.TOTP, data={"secret": "x"})
    Authenticator.objects.create(user=cast.chen, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x", "used_mask": 0})
    assert has_two_factor(cast.chen)
    actions.remove_two_factor(cast.root, cast.chen)
    actions.remove_two_factor(cast.root, cast.chen)
    assert not Authenticator.objects.exists()
    assert entries() == [("user.two_factor_remove", cast.chen.pk, {})]


Act = Callable[[Cast], object]
REFUSED: dict[str, tuple[str, Act]] = {
    "log-in name taken, whatever its case": (
        "user.exists", lambda cast: actions.create_user(cast.root, "ChenSiYuan", "重名", Role.REP, cast.binjiang)),
    "log-in name in Chinese": ("user.username", lambda cast: actions.create_user(cast.root, "陈思远", "陈思远", Role.REP, cast.binjiang)),
    "no name": ("user.name", lambda cast: actions.create_user(cast.root, "new", "  ", Role.REP, cast.binjiang)),
    "no unit": ("user.unit", lambda cast: actions.create_user(cast.root, "new", "新人", Role.REP, None)),
    "no such role": ("user.role", lambda cast: actions.create_user(cast.root, "new", "新人", "king", cast.binjiang)),
    "not an administrator": ("permission", lambda cast: actions.create_user(cast.zhao, "new", "新人", Role.REP, cast.binjiang)),
    "own role": (
        "user.own_role", lambda cast: actions.change_user(cast.root, cast.root.pk, name="管理员", role=Role.MANAGER, unit=cast.group)),
    "change without a unit": (
        "user.unit", lambda cast: actions.change_user(cast.root, cast.chen.pk, name="陈思远", role=Role.REP, unit=None)),
    "change by a manager": (
        "permission", lambda cast: actions.change_user(cast.zhao, cast.zhao.pk, name="赵国平", role=Role.ADMIN, unit=cast.group)),
    "oneself out": ("user.self", lambda cast: actions.deactivate(cast.root, cast.root)),
    "out by a supervisor": ("permission", lambda cast: actions.deactivate(cast.he, cast.chen)),
    "back by a supervisor": ("permission", lambda cast: actions.reactivate(cast.he, cast.chen)),
    "own password by reset": ("user.own_password", lambda cast: actions.reset_password(cast.root, cast.root)),
    "password by a supervisor": ("permission", lambda cast: actions.reset_password(cast.he, cast.chen)),
    "own second step": ("user.own_two_factor", lambda cast: actions.remove_two_factor(cast.root, cast.root)),
    "second step by a supervisor": ("permission", lambda cast: actions.remove_two_factor(cast.he, cast.chen)),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_and_nothing_changed(cast: Cast, case: str) -> None:
    code, act = REFUSED[case]
    before = everybody()
    with pytest.raises(Refused) as refused:
        act(cast)
    assert refused.value.code == code
    assert everybody() == before
    assert entries() == []


def test_a_password_for_who_has_left_is_refused(cast: Cast) -> None:
    actions.deactivate(cast.root, cast.chen)
    before = everybody()
    with pytest.raises(Refused) as refused:
        actions.reset_password(cast.root, cast.chen)
    assert refused.value.code == "user.inactive"
    assert everybody() == before


def test_the_last_administrator_stays(cast: Cast) -> None:
    second = actions.create_user(cast.root, "second", "第二位", Role.ADMIN, None)
    User.objects.filter(pk=cast.root.pk).update(is_active=False)
    cast.root.refresh_from_db()
    # Two who demote each other at once: the second of them finds himself the last.
    actor = User(pk=cast.root.pk, username="admin", name="管理员", role=Role.ADMIN, is_active=True)
    for act in (
        lambda: actions.deactivate(actor, second),
        lambda: actions.change_user(actor, second.pk, name="第二位", role=Role.MANAGER, unit=cast.group),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "user.last_admin"
    second.refresh_from_db()
    assert (second.is_active, second.role) == (True, "admin")


@pytest.mark.parametrize("text", ["", "a", "a b", "x" * 61, "陈", "a/b", "a\n"])
def test_log_in_names_that_are_not(text: str) -> None:
    with pytest.raises(Refused) as refused:
        login_name(text)
    assert refused.value.code == "user.username"


def test_everybody_in_the_tree(cast: Cast, django_assert_num_queries: Callable[..., object]) -> None:
    actions.deactivate(cast.root, cast.lin)
    User.objects.create(username="admin2", name="小管", role=Role.ADMIN)
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        tree = [(branch.unit.name if branch.unit else "", branch.depth, [user.name for user in branch.people]) for branch in staff_tree()]
    assert tree == [
        ("启程汽车服务集团", 0, ["管理员", "赵国平", "方敏", "许文涛"]),
        ("华东区", 1, ["何静"]),
        ("南京江宁店", 2, ["周倩文"]),
        ("杭州滨江店", 2, ["陈思远", "林倩"]),
        ("华北区", 1, []),
        ("北京朝阳店", 2, ["丁磊"]),
        ("", 0, ["小管"]),
    ]


def test_every_role_is_told_what_it_sees() -> None:
    assert set(SIGHT) == set(Role)
