"""人员: who works here, by unit; adding, changing, letting go and letting in again. The tree of units and the company itself."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.packs.loader import available, load_pack
from liuke.team import actions, places
from liuke.team.labels import Role, UnitKind
from liuke.team.models import Unit, User
from liuke.team.permissions import PERMISSIONS
from liuke.team.queries import Branch, company, has_two_factor, staff_tree
from liuke.web.doors import Request, door, words
from liuke.web.page import render, say_undo

BOTH = ("GET", "POST")
FORM_AGAIN = 422


@door("team.manage")
def team(request: Request) -> HttpResponse:
    tree = staff_tree()
    firm = company()
    people = sum(len(branch.people) for branch in tree)
    here = sum(person.is_active for branch in tree for person in branch.people)
    counted = {"here": here, "gone": people - here}
    units = sum(branch.unit is not None for branch in tree)
    context = {
        "title": _("%(here)s 人在用，%(gone)s 人已停用") % counted if people > here else _("%(here)s 人在用") % counted,
        "second": _("%(company)s，%(n)s 个单位") % {"company": firm.name if firm else "", "n": units},
        "tree": tree,
    }
    return render(request, "team/team.html", context, nav="team", crumb=_("人员"))


# ── people ──


@door("team.manage", BOTH)
def add_person(request: Request) -> HttpResponse:
    """The form; then, once, the page with the temporary password."""
    given, error = _posted(request, ("username", "name", "role", "unit", "scope")), ""
    given["unit"] = given["unit"] or request.GET.get("unit", "")
    if request.method == "POST":
        password = actions.temporary_password()
        try:
            user = actions.create_user(
                request.user,
                given["username"],
                given["name"],
                given["role"],
                _unit(given["unit"]),
                password,
                _unit(given["scope"]),
                given=True,
            )
        except Refused as refused:
            error = words(refused)
        else:
            return _password_page(request, user, password, _("%(name)s可以登录了") % {"name": user.name})
    context = {"given": given, "error": error, "roles": Role.choices, "units": unit_choices()}
    return render(request, "team/add_person.html", context, nav="team", crumb=_under(_("加一个人")), status=FORM_AGAIN if error else 200)


@door("team.manage", BOTH)
def person(request: Request, pk: int) -> HttpResponse:
    user, error = _person(pk), ""
    given = {"name": user.name, "role": user.role, "unit": str(user.unit_id or ""), "scope": str(user.scope_id or "")}
    if request.method == "POST":
        given = _posted(request, ("name", "role", "unit", "scope"))
        try:
            changed = actions.change_user(
                request.user, pk, name=given["name"], role=given["role"], unit=_unit(given["unit"]), scope=_unit(given["scope"])
            )
        except Refused as refused:
            error = words(refused)
        else:
            say_undo(request, _("%(name)s的资料存好了") % {"name": changed.name})
            return redirect("team_person", pk)
    context = {
        "person": user,
        "given": given,
        "error": error,
        "roles": Role.choices,
        "units": unit_choices(),
        "two_factor": has_two_factor(user),
        "hands": hands_of(user) if not user.is_active else [],
        "own": user.pk == request.user.pk,
    }
    return render(request, "team/person.html", context, nav="team", crumb=_under(user.name), status=FORM_AGAIN if error else 200)


def _act(said: Callable[[User], str]) -> Callable[[Callable[[User, User], None]], Callable[[Request, int], HttpResponse]]:
    """A view that does one thing to one person, says so and goes back to the person; a refusal is said on the person's page."""

    def wrap(verb: Callable[[User, User], None]) -> Callable[[Request, int], HttpResponse]:
        @door("team.manage", ("POST",))
        def view(request: Request, pk: int) -> HttpResponse:
            user = _person(pk)
            try:
                verb(request.user, user)
            except Refused as refused:
                say_undo(request, words(refused))
            else:
                say_undo(request, said(user))
            return redirect("team_person", pk)

        return view  # type: ignore[return-value]

    return wrap


leave = _act(lambda user: _("%(name)s停用了，登录已断开") % {"name": user.name})(actions.deactivate)
come_back = _act(lambda user: _("%(name)s恢复了，用原来的密码登录") % {"name": user.name})(actions.reactivate)
no_two_factor = _act(lambda user: _("%(name)s的两步验证关掉了") % {"name": user.name})(actions.remove_two_factor)


@door("team.manage", ("POST",))
def new_password(request: Request, pk: int) -> HttpResponse:
    user = _person(pk)
    try:
        password = actions.reset_password(request.user, user)
    except Refused as refused:
        say_undo(request, words(refused))
        return redirect("team_person", pk)
    return _password_page(request, user, password, _("%(name)s有了新的临时密码") % {"name": user.name})


def hands_of(user: User) -> list[User]:
    """Who may hand over what somebody who left looked after, the nearest first: for the administrator, who sees no customers."""
    path = user.unit.path if user.unit else None
    able = User.objects.filter(role__in=PERMISSIONS["customer.transfer"], is_active=True).select_related("unit", "scope")
    near = [one for one in able if path and one.scope_unit and path.startswith(one.scope_unit.path or "-")]
    return sorted(near, key=lambda one: (-len((one.scope_unit.path if one.scope_unit else "") or ""), one.name))


def _password_page(request: Request, user: User, password: str, title: str) -> HttpResponse:
    answer = render(
        request, "team/password.html", {"person": user, "password": password, "title": title}, nav="team", crumb=_under(user.name)
    )
    answer["Cache-Control"] = "no-store"
    return answer


# ── units and the company ──


@door("team.manage", BOTH)
def add_unit(request: Request) -> HttpResponse:
    given, error = _posted(request, ("name", "kind", "parent")), ""
    given["parent"] = given["parent"] or request.GET.get("parent", "")
    if request.method == "POST":
        try:
            unit = places.create_unit(request.user, given["name"], given["kind"], _unit(given["parent"]))
        except Refused as refused:
            error = words(refused)
        else:
            say_undo(request, _("加了%(name)s") % {"name": unit.name})
            return redirect("team")
    context = {"given": given, "error": error, "kinds": UnitKind.choices, "units": unit_choices(), "unit": None}
    return render(request, "team/unit.html", context, nav="team", crumb=_under(_("加一个单位")), status=FORM_AGAIN if error else 200)


@door("team.manage", BOTH)
def edit_unit(request: Request, pk: int) -> HttpResponse:
    unit = Unit.objects.filter(pk=pk).first()
    if unit is None:
        raise Http404
    given, error = {"name": unit.name, "kind": unit.kind, "parent": str(unit.parent_id or "")}, ""
    if request.method == "POST":
        given = _posted(request, ("name", "kind", "parent"))
        try:
            unit = places.change_unit(request.user, pk, name=given["name"], kind=given["kind"], parent=_unit(given["parent"]))
        except Refused as refused:
            error = words(refused)
        else:
            say_undo(request, _("%(name)s存好了") % {"name": unit.name})
            return redirect("team")
    context = {"given": given, "error": error, "kinds": UnitKind.choices, "units": unit_choices(without=unit), "unit": unit}
    return render(request, "team/unit.html", context, nav="team", crumb=_under(unit.name), status=FORM_AGAIN if error else 200)


@door("team.manage", BOTH)
def edit_company(request: Request) -> HttpResponse:
    firm = company()
    if firm is None:
        raise Http404
    given, error = {"name": firm.name, "pack": firm.pack}, ""
    if request.method == "POST":
        given = _posted(request, ("name", "pack"))
        try:
            places.change_company(request.user, given["name"], given["pack"])
        except Refused as refused:
            error = words(refused)
        else:
            say_undo(request, _("公司资料存好了"))
            return redirect("team")
    english = not (get_language() or "zh").startswith("zh")
    packs = [(key, load_pack(key).name.en if english else load_pack(key).name.zh) for key in available()]
    context = {"given": given, "error": error, "packs": packs}
    return render(request, "team/company.html", context, nav="team", crumb=_under(_("公司")), status=FORM_AGAIN if error else 200)


# ── what they share ──


def unit_choices(without: Unit | None = None) -> list[tuple[str, str]]:
    """(id, name) of the tree in order, names indented by depth; the subtree of `without` left out."""
    units = list(Unit.objects.order_by("path"))
    gone = without.path or "" if without else ""
    return [(str(u.pk), "　" * depth + u.name) for u, depth in Branch.ordered(units) if not (gone and (u.path or "").startswith(gone))]


def _under(here: str) -> list[tuple[str, str]]:
    return [(_("人员"), reverse("team")), (here, "")]


def _posted(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in names}


def _unit(text: str) -> Unit | None:
    """The unit chosen in a form; none for what is no unit, which the verb then refuses where one is needed."""
    return Unit.objects.filter(pk=pk).first() if (pk := as_id(text)) else None


def _person(pk: int) -> User:
    user = User.objects.select_related("unit", "scope").filter(pk=pk).first()
    if user is None:
        raise Http404
    return user


urlpatterns = [
    path("team/", team, name="team"),
    path("team/people/new/", add_person, name="team_add_person"),
    path("team/people/<int:pk>/", person, name="team_person"),
    path("team/people/<int:pk>/password/", new_password, name="team_password"),
    path("team/people/<int:pk>/leave/", leave, name="team_leave"),
    path("team/people/<int:pk>/back/", come_back, name="team_come_back"),
    path("team/people/<int:pk>/two-factor/", no_two_factor, name="team_no_two_factor"),
    path("team/units/new/", add_unit, name="team_add_unit"),
    path("team/units/<int:pk>/", edit_unit, name="team_unit"),
    path("team/company/", edit_company, name="team_company"),
]
