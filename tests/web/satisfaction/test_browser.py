"""The pages in Chromium: the customer's own on a telephone, the results on a desk; nobody is kept out, nothing sticks out."""

import pytest
from django.core.cache import cache

from liuke.kernel import clock
from liuke.satisfaction import answering, links, waves
from liuke.satisfaction.models import Answer, Invitation
from tests.browser import PHONE
from tests.cast import assemble
from tests.satisfaction.world import bought, survey, wish

pytestmark = pytest.mark.django_db(transaction=True)


def fill(form: str, n: int = 1):
    cache.clear()
    cast, today = assemble(), clock.today()
    for place in range(n):
        bought(cast.chen, f"客{place:02d}", today)
    made = waves.launch(cast.xu, wish(survey(cast, form), cast.group.pk, opens_on=today, ends_on=None))
    return cast, made


def test_a_customer_answers_on_the_telephone(live, axe, fits):
    fill("recommend")
    live.set_viewport_size(PHONE)
    live.goto(f"/s/{links.token_of(Invitation.objects.get())}/")
    axe(live), fits(live)
    live.locator('input[name="recommend"][value="3"]').check(force=True)
    live.get_by_role("button", name="下一题").click()
    live.get_by_text("等太久").click()
    live.get_by_label("想跟我们说什么").fill("等了两小时")
    axe(live), fits(live)
    live.get_by_role("button", name="交卷").click()
    live.get_by_role("heading", name="收到了").wait_for()
    assert (Answer.objects.get().values, Answer.objects.get().texts) == ({"recommend": 3, "why_not": 2}, {"words": "等了两小时"})


@pytest.mark.parametrize("form", ["servqual", "three_levels"])
def test_the_results(live, sign_in, axe, fits, form):
    cast, made = fill(form, 32)
    keys = [each.key for each in made.version.form.questions if each.kind in ("rating", "pair")]
    for place, row in enumerate(Invitation.objects.order_by("pk")):
        sent = {"overall": [str(place % 5 + 1)], "recommend": [str(place % 11)]}
        for turn, key in enumerate(keys):
            sent |= {f"{key}.es": ["4"], f"{key}.ps": [str((place + turn) % 5 + 1)], key: [str((place + turn * 2) % 5 + 1)]}
        answering.answer(answering.asked(links.token_of(row)), {**sent, "overall": [str(place % 5 + 1)]})
    sign_in(cast.zhao)
    for address in (
        f"/satisfaction/waves/{made.pk}/",
        "/satisfaction/",
        "/satisfaction/indicators/",
        f"/satisfaction/surveys/{made.version.survey_id}/",
    ):
        live.goto(address)
        axe(live), fits(live)
    live.emulate_media(color_scheme="dark")
    live.set_viewport_size(PHONE)
    for address in (f"/satisfaction/waves/{made.pk}/", f"/satisfaction/waves/{made.pk}/people/", "/satisfaction/waves/new/"):
        live.goto(address)
        axe(live), fits(live)


def test_what_an_answer_jumps_over_is_put_away(live, sign_in, fits):
    cast, _ = fill("recommend")
    sign_in(cast.chen)
    live.goto(f"/satisfaction/invitations/{Invitation.objects.get().pk}/")
    liked, why = live.locator("#q-liked"), live.locator("#q-why_not")
    why.locator('input[value="2"]').check(force=True)
    live.locator('input[name="recommend"][value="9"]').check(force=True)
    liked.locator('input[value="0"]').check(force=True)
    assert why.is_hidden() and why.locator("input").first.is_disabled()
    live.locator('input[name="recommend"][value="3"]').check(force=True)
    assert liked.is_hidden() and why.locator('input[value="2"]').is_checked()
    live.get_by_role("button", name="记下他的回答").click()
    live.get_by_text("记下了客00的回答").first.wait_for()
    assert Answer.objects.get().values == {"recommend": 3, "why_not": 2}
