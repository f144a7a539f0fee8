"""One way to answer with a page: the frame by role, or one block of it for a fragment request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.backends.utils import csrf_input_lazy, csrf_token_lazy
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from jinja2_fragments import render_block

from liuke.complaints.queries import desk_count
from liuke.custody.exports_seen import waiting_count
from liuke.custody.queries import overdue
from liuke.kernel import clock
from liuke.notices.queries import Bell
from liuke.notices.queries import bell as bell_of
from liuke.standing.queries import current_run
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import preference
from liuke.visits.queries import today_count as visits_today
from liuke.web.shell import NavGroup, NavItem, Ring, Shell, Undo, Who
from liuke.work.queries import nav_count

NAV: dict[str, tuple[str, object, str, str]] = {
    # key: icon, words, route, permission
    "today": ("sun", gettext_lazy("今日"), "today", "today.work"),
    "cockpit": ("layout-dashboard", gettext_lazy("驾驶舱"), "cockpit", "cockpit.read"),
    "churn": ("user-minus", gettext_lazy("流失"), "churn", "churn.read"),
    "winbacks": ("arrow-back-up", gettext_lazy("挽回"), "winbacks", "winback.read"),
    "backtests": ("target", gettext_lazy("回测"), "backtests", "cockpit.read"),
    "customers": ("users", gettext_lazy("客户"), "customers", "customer.read"),
    "segments": ("filter", gettext_lazy("分组"), "segments", "segment.save"),
    "check_outs": ("id", gettext_lazy("借出的卡"), "check_outs", "customer.read"),
    "visits": ("map-pin", gettext_lazy("拜访"), "visits", "visit.plan"),
    "complaints": ("message-report", gettext_lazy("投诉台"), "complaints", "complaint.read"),
    "promises": ("flag", gettext_lazy("承诺"), "promises", "promise.read"),
    "coaching": ("bulb", gettext_lazy("练习和案例"), "cases", "case.read"),
    "supervision": ("users-group", gettext_lazy("督导"), "supervision", "supervision.read"),
    "playbooks": ("route", gettext_lazy("打法"), "playbooks", "playbook.read"),
    "pool": ("pool", gettext_lazy("公海"), "pool", "pool.claim"),
    "handovers": ("transfer", gettext_lazy("交接"), "handovers", "customer.transfer"),
    "satisfaction": ("mood-happy", gettext_lazy("满意度"), "satisfaction", "survey.read"),
    "improvement": ("refresh", gettext_lazy("改进"), "improvement", "improvement.read"),
    "care": ("heart", gettext_lazy("关怀"), "care", "care.read"),
    "duplicates": ("copy", gettext_lazy("疑似重复"), "duplicates", "duplicates.merge"),
    "import": ("file-import", gettext_lazy("导入"), "imports", "import.load"),
    "exports": ("file-export", gettext_lazy("导出"), "exports", "export.ask"),
    "verification": ("clipboard-check", gettext_lazy("核查"), "verification", "verification.read"),
    "privacy": ("shield-lock", gettext_lazy("个人信息"), "privacy", "privacy.manage"),
    "audit": ("history", gettext_lazy("操作记录"), "audit", "audit.read"),
    "calendar": ("calendar", gettext_lazy("工作日历"), "calendar", "calendar.manage"),
    "team": ("users-group", gettext_lazy("人员"), "team", "team.manage"),
    "channels": ("send", gettext_lazy("集成"), "channels", "notify.manage"),
}
FIRST: dict[str, tuple[str, ...]] = {
    Role.REP: ("today", "customers", "visits", "pool", "check_outs", "promises"),
    Role.AGENT: ("complaints", "today", "customers", "care", "pool", "check_outs", "promises"),
    Role.SUPERVISOR: ("cockpit", "complaints", "customers", "today", "supervision", "visits", "check_outs"),
    Role.ANALYST: ("cockpit", "customers", "playbooks", "segments", "verification", "calendar", "satisfaction"),
    Role.CUSTODIAN: ("check_outs", "customers", "duplicates", "exports", "privacy"),
    Role.MANAGER: ("cockpit", "complaints", "customers", "today", "supervision", "churn", "satisfaction"),
    Role.ADMIN: ("team", "channels", "calendar"),
}
SECOND: dict[str, tuple[str, ...]] = {
    Role.REP: ("care", "coaching", "playbooks"),
    Role.AGENT: ("satisfaction", "coaching", "playbooks"),
    Role.SUPERVISOR: ("satisfaction", "churn", "improvement", "exports"),
    Role.ANALYST: ("churn", "improvement", "import", "care"),
    Role.CUSTODIAN: ("import", "audit", "verification"),
    Role.MANAGER: ("improvement", "playbooks", "import", "exports"),
    Role.ADMIN: ("audit", "exports"),
}
# Folder of templates → the sheet its pages load beside the common one.
SHEETS = {
    **dict.fromkeys(("imports", "segments", "mailings", "calendar"), "office.css"),
    "playbooks": "playbooks.css",
    **dict.fromkeys(("complaints", "satisfaction", "churn", "improvement"), "repair.css"),
}


def first_page(user: User) -> str:
    """The address a role opens first (domain page 7, Roles)."""
    return reverse(NAV[FIRST[Role(user.role)][0]][2])


def _items(user: User, keys: tuple[str, ...], to_do: tuple[int, bool] | None) -> tuple[NavItem, ...]:
    """The entries open to the role; some say how many wait for the reader, in red when one is late."""
    counts: dict[str, tuple[int | None, bool]] = {}
    if "today" in keys and may(user, "today.work"):
        counts["today"] = to_do or nav_count(user, clock.today())
    if "complaints" in keys and may(user, "complaint.read"):
        counts["complaints"] = desk_count(user)
    if "visits" in keys and any(stops := visits_today(user, clock.today())):
        counts["visits"] = stops
    if "check_outs" in keys and (late := overdue(user).count()):
        counts["check_outs"] = (late, True)
    if "exports" in keys and (waiting := waiting_count(user))[0]:
        counts["exports"] = waiting
    return tuple(
        NavItem(key, icon, str(label), reverse(route), *counts.get(key, (None, False)))
        for key in keys
        for icon, label, route, permission in [NAV[key]]
        if may(user, permission)
    )


def nav_item(user: User, key: str, to_do: tuple[int, bool] | None = None) -> NavItem | None:
    """One entry as it stands now, for an answer that takes it along; None where the role has none."""
    return next(iter(_items(user, (key,), to_do)), None)


def all_pages(user: User) -> tuple[NavItem, ...]:
    """Every page that the navigation of anybody names and this user may open."""
    return tuple(
        NavItem(key, icon, str(label), reverse(route)) for key, (icon, label, route, permission) in NAV.items() if may(user, permission)
    )


def shell(request: HttpRequest, nav: str, undo: Undo | None = None, to_do: tuple[int, bool] | None = None) -> Shell:
    """The frame for the signed-in reader; an empty one for a stranger. `to_do`: what is left today, where the page knows it already."""
    if not isinstance(request.user, User):
        return Shell(page=nav)
    user = request.user
    first = _items(user, FIRST[Role(user.role)], to_do)
    second = _items(user, SECOND.get(Role(user.role), ()), to_do)
    if len(first + second) < len(all_pages(user)):
        second += (NavItem("pages", "dots", _("全部页面"), reverse("pages")),)
    run = current_run()
    below = _("数据") if "import" in SECOND.get(Role(user.role), ()) else _("更多")
    groups = [NavGroup("", first)] + ([NavGroup(below, second)] if second else [])
    return Shell(
        nav=tuple(groups),
        # The telephone has no foot of the navigation: the last of its five places is the reader's own page.
        tabs=(*(first + second)[:4], NavItem(key="me", icon="user", label=_("我的"), url=reverse("me"))),
        who=Who(
            initial=user.name[:1],
            name=user.name,
            role=user.get_role_display(),
            unit=user.unit.name if user.unit else "",
            url=reverse("me"),
        ),
        page=nav,
        today=clock.today(),
        as_of=run.as_of if run else None,
        search_url=reverse("palette") if may(user, "customer.read") else "",
        login_url=reverse("account_login"),
        user=user.pk,
        logout_url=reverse("account_logout"),
        bell=bell_shown(bell_of(user)),
        undo=undo or _undo(request),
        large=preference(user, "text") == "large",
        keys=preference(user, "keys") != "off",
    )


def bell_shown(bell: Bell) -> Ring:
    """The bell of the frame. What it shows goes along when it asks for news: where that is all there is, nothing comes back."""
    return Ring(reverse("notices"), f"{reverse('notices_bell')}?{urlencode({'seen': bell.mark})}", bell.unread, bell.urgent)


def say_undo(request: HttpRequest, text: str, url: str = "") -> None:
    """Leave the line that the next page shows after an act."""
    messages.success(request, text, extra_tags=f"undo {url}" if url else "undo")


def _undo(request: HttpRequest) -> Undo | None:
    said = [message for message in messages.get_messages(request) if (message.extra_tags or "").startswith("undo")]
    if not said:
        return None
    return Undo(text=str(said[-1].message), url=(said[-1].extra_tags or "").removeprefix("undo").strip())


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    nav: str = "",
    crumb: object = (),
    block: str | None = None,
    status: int = 200,
    to_do: tuple[int, bool] | None = None,
) -> HttpResponse:
    """Answer with a whole page, or with one named block when `block` is given (a fragment request).

    crumb: a text or a sequence of (words, url) pairs, last one without url.
    """
    environment = engines["jinja2"].env  # type: ignore[attr-defined]
    values: dict[str, object] = {"request": request, "crumb": crumb, "may": lambda permission: may(request.user, permission)}
    values |= _csrf(request)
    values["sheet"] = SHEETS.get(template.partition("/")[0])
    values |= dict(context or {})
    if block is None:
        values["shell"] = shell(request, nav, to_do=to_do)
        html = environment.get_template(template).render(values)
    else:
        html = render_block(environment, template, block, values)
    return HttpResponse(cast(str, html), status=status)


def _csrf(request: HttpRequest) -> dict[str, object]:
    return {"csrf_input": csrf_input_lazy(request), "csrf_token": csrf_token_lazy(request)}
