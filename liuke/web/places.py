"""全部页面: every page of the navigation by what it is for, with a line on what is there."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from liuke.team.models import User
from liuke.web.page import all_pages
from liuke.web.shell import NavItem

GROUPS: tuple[tuple[object, dict[str, object]], ...] = (
    (
        _("每天"),
        {
            "today": _("今天先联系谁，怎么说"),
            "complaints": _("记投诉，看谁在办、还剩多久"),
            "promises": _("答应了客户的事，哪天要办"),
            "visits": _("一周去看哪些客户，走哪条路"),
            "care": _("生日和节日，该问候谁"),
            "winbacks": _("走了的客户，正在请谁回来"),
            "check_outs": _("谁借着客户卡，哪天该还"),
        },
    ),
    (
        _("客户"),
        {
            "customers": _("全部客户卡，能搜能筛"),
            "segments": _("存下来的一组组客户"),
            "pool": _("没人负责的客户，可以领"),
            "handovers": _("把客户交给同事，或者请人代管"),
            "duplicates": _("可能是同一个人的卡"),
            "verification": _("资料有多少对得上，该核谁"),
            "privacy": _("客户要看、要删自己的资料"),
        },
    ),
    (
        _("看数"),
        {
            "cockpit": _("这一月客户和钱怎么样"),
            "churn": _("走了谁，为什么走"),
            "satisfaction": _("客户打了几分，说了什么"),
            "improvement": _("毛病怎么改，改了有没有用"),
            "supervision": _("每个人做得怎么样，帮谁"),
            "backtests": _("以前的估计准不准"),
        },
    ),
    (
        _("做法"),
        {
            "playbooks": _("什么情况怎么做，效果怎样"),
            "coaching": _("练话术，看同事做得好的"),
        },
    ),
    (
        _("数据和设置"),
        {
            "import": _("把表格读进来"),
            "exports": _("把名单取出去，谁批的"),
            "audit": _("谁在什么时候做了什么"),
            "calendar": _("哪天上班，哪天放假"),
            "team": _("谁能登录，看得到哪些"),
            "channels": _("通知发到哪里，和哪些系统连着"),
        },
    ),
)  # fmt: skip


def places(user: User) -> list[tuple[str, list[tuple[NavItem, str]]]]:
    """The pages this user may open, each with its line, by group; no group without a page."""
    mine = {item.key: item for item in all_pages(user)}
    groups = [(str(label), [(mine[key], str(line)) for key, line in lines.items() if key in mine]) for label, lines in GROUPS]
    return [group for group in groups if group[1]]
