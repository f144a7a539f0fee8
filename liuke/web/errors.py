"""What is shown when a request cannot be answered: what happened, whether what was typed is still there, where to click now.

Each page stands by itself, without the frame: it must come even when the database does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.utils.translation import gettext_lazy as _

TOO_BIG = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


@dataclass(frozen=True)
class Said:
    """The three sentences of one status, and the words of the one thing to click."""

    happened: object
    kept: object
    now: object
    act: object = _("回首页")
    back: bool = False  # the act opens the same page again
    href: str = "/"


PAGES = {
    400: Said(_("没看懂这个请求"), _("没有存任何东西。"), _("请回到上一页，再做一次。")),
    403: Said(_("这一页放得太久了"), _("这一步没有做，写的在上一页还能找到。"), _("请按浏览器的返回，刷新后再做一次。")),
    404: Said(_("没有这一页"), _("地址可能写错了，也可能已经不在。"), _("请从首页重新找。")),
    405: Said(_("这个地址不能这样打开"), _("没有存任何东西。"), _("请从首页重新进来。")),
    413: Said(_("送来的东西太大了"), _("没有存任何东西。"), _("请把文件分成几份再传。")),
    422: Said(
        _("不能按这一项筛选或排序"),
        _("电话、微信和地址都遮着，名单不按它们找，什么也没有显示。"),
        _("请从客户名单重新打开。"),
        _("打开客户名单"),
        href="/customers/",
    ),
    429: Said(_("试得太快了"), _("没有存任何东西。"), _("请等几分钟再试。"), _("再试一次"), back=True),
    500: Said(
        _("系统出了错，已经记下"),
        _("刚才那一步可能没存上，写的在上一页还能找到。"),
        _("请过一会儿再试一次。"),
        _("再试一次"),
        back=True,
    ),
}


def page(request: HttpRequest, status: int, happened: str = "") -> HttpResponse:
    """The page of a status; `happened` in place of its first sentence. Asks the database nothing."""
    said = replace(PAGES[status], happened=happened) if happened else PAGES[status]
    again = said.back and request.method == "GET"
    values = {"said": said, "status": status, "href": request.get_full_path() if again else said.href, "again": again}
    environment = engines["jinja2"].env  # type: ignore[attr-defined]
    return HttpResponse(environment.get_template("errors/error.html").render(values), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 413 if isinstance(exception, TOO_BIG) else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403)


def no_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the mark of our own pages: most often one that lay open since an earlier log-in."""
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 404)


def wrong_method(request: HttpRequest) -> HttpResponse:
    return page(request, 405)


def too_many(request: HttpRequest, exception: Exception | None = None, said: str = "") -> HttpResponse:
    return page(request, 429, said)


def server_error(request: HttpRequest) -> HttpResponse:
    return page(request, 500)
