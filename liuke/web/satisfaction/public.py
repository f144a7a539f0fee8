"""The customer's own page: a questionnaire behind a link nobody can guess. Works without script and without log-in.

A questionnaire with jumps comes page by page, what was answered before travelling in hidden fields; nothing is stored until the last page.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from liuke.kernel.refusal import Refused
from liuke.packs.survey import Question, Questionnaire
from liuke.satisfaction import answering
from liuke.satisfaction.answering import Asked
from liuke.satisfaction.rules import left_out, page_after, read
from liuke.web.doors import PUBLIC, door, words
from liuke.web.errors import too_many
from liuke.web.public import answer, within
from liuke.work.words import pick

WRONG, FROM_A_STORE = 20, 120
"""In an hour from one address: links that are none (one that is right opens all the same: thousands of telephones may share an address);
answers by a store's code (a shop's own network is one address)."""
COOKIE = "liuke-survey"
LEFT = "left-out"
"""The questions of which he was told that what he answered will not be kept."""
YEAR = 365 * 24 * 3600
OVER = {"survey.early": 403, "survey.over": 410}


@door(PUBLIC, ("GET", "POST"))
def ask(request: HttpRequest, token: str) -> HttpResponse:
    found = answering.asked(token)
    if found is None:
        if not within(request, "survey.wrong", WRONG):
            return too_many(request)
        return _said(request, _("没有这份问卷"), _("链接不全，或者抄错了。请点短信或微信里的原链接再试。"), 404)
    device = request.COOKIES.get(COOKIE, "")[:64]
    try:
        answering.refuse_closed(found.wave)
    except Refused as refused:
        return _said(request, words(refused), _("什么也没有存。谢谢您来看。"), OVER[refused.code])
    if request.method == "POST":
        return _taken(request, found, device)
    if answering.answered_before(found, device):
        return _said(request, _("您已经答过了，谢谢"), _("先答的那一次算数，不用再答。"))
    response = _page(request, found, {}, page_after(found.form, {}))
    if found.link is not None and not device:
        response.set_cookie(
            COOKIE, secrets.token_urlsafe(16), max_age=YEAR, path=request.path, secure=settings.HTTPS, httponly=True, samesite="Lax"
        )
    return response


def _taken(request: HttpRequest, found: Asked, device: str) -> HttpResponse:
    """The answer, or the next page of it."""
    form = found.form
    sent = {field: request.POST.getlist(field) for question in form.questions for field in fields_of(question)}
    done = request.POST.get("done", "")
    if "back" in request.POST:
        return _page(request, found, sent, _before(_pages(form, _values(form, sent)), done))
    if found.answered:
        return _twice(request)
    try:
        so_far = read(form, sent, whole=False)
        shown = next((page for page in _pages(form, so_far.values) if page and page[-1].key == done), page_after(form, {}))
        for each in shown:
            if each.required and each.key not in so_far.values and each.key not in so_far.texts:
                raise Refused("answer.required", "这一题要答。", field=each.key)
        if following := page_after(form, so_far.values, shown[-1].key):
            return _page(request, found, sent, following)
        over = left_out(form, sent)
        if over and {each.key for each in over} - set(request.POST.getlist(LEFT)):
            return _page(request, found, sent, shown, _left_words(over), "", 422, [each.key for each in over])
        if found.link is not None and not within(request, "survey.store", FROM_A_STORE):
            return too_many(request)
        answering.answer(found, sent, device)
    except Refused as refused:
        if refused.code in OVER:
            return _said(request, words(refused), _("这一份没有存。谢谢您来答。"), OVER[refused.code])
        if refused.code == "survey.answered":
            return _twice(request)
        shown = next((page for page in _pages(form, _values(form, sent)) if page and page[-1].key == done), page_after(form, {}))
        return _page(request, found, sent, shown, words(refused), str(refused.slots.get("field", "")), 422)
    thanks = pick(form.thanks) if form.thanks else _("谢谢您，您写的我们会认真看。")
    return _said(request, _("收到了"), thanks)


def _left_words(over: list[Question]) -> str:
    """Told before anything is stored: he went back and changed an answer, so that these are jumped over now."""
    said = _("、").join(_("“%(question)s”") % {"question": pick(each.words)} for each in over)
    return _("照您改过的回答，%(said)s不用答了，那里写的不会存。还没有存：再点一次“交卷”就存，想留着请点“上一题”改回去。") % {"said": said}


def _pages(form: Questionnaire, values: dict[str, Any]) -> list[list[Question]]:
    """The pages somebody who answers so comes by."""
    found, done = [], ""
    while page := page_after(form, values, done):
        found.append(page)
        done = page[-1].key
    return found


def _before(pages: list[list[Question]], done: str) -> list[Question]:
    """The page before the one that ends in the question `done`; the first where there is none."""
    at = next((place for place, page in enumerate(pages) if page[-1].key == done), 0)
    return pages[max(at - 1, 0)]


def _values(form: Questionnaire, sent: dict[str, list[str]]) -> dict[str, Any]:
    """What of it can be read at all, to find the page that was sent."""
    try:
        return dict(read(form, sent, whole=False).values)
    except Refused:
        return {each.key: int(said) for each in form.questions if each.jumps and (said := "".join(sent[each.key])[:3]).isdigit()}


def fields_of(question: Question) -> tuple[str, ...]:
    """The names of its fields in a form."""
    return (f"{question.key}.es", f"{question.key}.ps") if question.kind == "pair" else (question.key,)


def _page(
    request: HttpRequest,
    found: Asked,
    sent: dict[str, list[str]],
    shown: list[Question],
    note: str = "",
    wrong: str = "",
    status: int = 200,
    left: Sequence[str] = (),
) -> HttpResponse:
    form = found.form
    on_page = {field for each in shown for field in fields_of(each)}
    unit = found.invitation.unit if found.invitation is not None else found.link.unit if found.link is not None else None
    context = {
        "form": form,
        "shown": shown,
        "first": shown[0].key == form.questions[0].key,
        "last": not any(each.jumps for each in shown) or shown[-1].key == form.questions[-1].key,
        "hidden": [(field, text) for field, said in sent.items() if field not in on_page for text in said if text]
        + [(LEFT, key) for key in left],
        "sent": {field: said[0] for field, said in sent.items() if said},
        "pick": pick,
        "unit": unit.name if unit else "",
        "note": note,
        "wrong": wrong,
        "open": found.link is not None,
    }
    return answer(request, "satisfaction/ask.html", context, status)


def _twice(request: HttpRequest) -> HttpResponse:
    return _said(request, _("您已经答过了，谢谢"), _("先答的那一次算数，这一份没有再存。"), 409)


def _said(request: HttpRequest, title: str, body: str, status: int = 200) -> HttpResponse:
    return answer(request, "satisfaction/said.html", {"title": title, "body": body}, status)


urlpatterns = [path("s/<str:token>/", ask, name="survey_ask")]
