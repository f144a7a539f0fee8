"""Whom a wave asks: the size, the draw, who is left out; sending and reminding."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from liuke.audit.actions import verify
from liuke.customers.models import Event
from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from liuke.privacy.models import Consent
from liuke.satisfaction import building, drawing, sending, waves
from liuke.satisfaction.models import Invitation, Survey, SurveyVersion, Wave
from tests.satisfaction.world import DAY, NOON, asked, bought, survey, wave, wish


@given(st.dictionaries(st.sampled_from("ABCDEFG"), st.integers(0, 200), min_size=1), st.integers(0, 900))
def test_shares_add_up(sizes, total):
    found = drawing.shared_out(sizes, total)
    assert sum(found.values()) == min(total, sum(sizes.values()))
    assert all(0 <= found[name] <= sizes[name] for name in sizes)


def test_sizes_for_a_margin():
    assert [drawing.sample_size(n, 0.05) for n in (1, 30, 500, 3850)] == [1, 28, 218, 350]
    assert drawing.sample_size(0, 0.05) == 0 and drawing.sample_size(10**9, 0.03) == 1068
    assert round(drawing.margin_of(350, 3850), 3) == 0.05
    assert drawing.invited(100, 0.3, 5000) == 334 and drawing.invited(100, 0.3, 200) == 200


def test_the_draw_can_be_drawn_again(cast):
    people = [bought(cast.chen, f"客{n}") for n in range(20)]
    made = wave(cast, count=5)
    ids = set(Invitation.objects.values_list("customer_id", flat=True))
    assert len(ids) == 5 == len(set(drawing.by_lot([one.pk for one in people], made.seed)[:5]) & ids)
    assert made.fingerprint == drawing.fingerprint(ids) and made.population == 20


def test_who_is_left_out(cast):
    names = {name: bought(cast.chen, name) for name in ("问", "不扰", "不同意", "刚问", "去世")}
    bought(cast.chen, "久未来", DAY - timedelta(400))
    names["不扰"].do_not_contact = True
    names["不扰"].save()
    Consent.objects.create(customer=names["不同意"], purpose="survey", given=False, on=DAY, by=cast.chen)
    Event.objects.create(customer=names["去世"], kind="died", on=DAY)
    first = survey(cast)
    kept = wave(cast, count=1)
    Invitation.objects.filter(wave=kept).update(customer=names["刚问"])
    made = waves.launch(cast.xu, wish(first, cast.group.pk))
    assert [row.customer.name for row in Invitation.objects.filter(wave=made)] == ["问"]
    assert made.left_out == {"alone": 1, "consent": 1, "recent": 1, "gone": 1}
    with pytest.raises(Refused) as refused:
        waves.launch(cast.xu, wish(first, cast.group.pk))
    assert refused.value.code == "wave.nobody" and Wave.objects.count() == 2


def test_who_keeps_them_is_told_and_sends(cast):
    one = bought(cast.chen, "张书远")
    bought(cast.ding, "葛建华")
    wave(cast)
    told = {notice.user: notice.slots["n"] for notice in Notice.objects.filter(key="survey.send")}
    assert told == {cast.chen: 1, cast.ding: 1}
    row = asked(one)
    with pytest.raises(Refused):
        sending.reminded(cast.chen, row.pk)  # nothing was sent yet
    sending.sent(cast.chen, row.pk)
    assert sending.due_for_reminder(DAY + timedelta(2)) == {}
    assert sending.due_for_reminder(DAY + timedelta(3)) == {row.wave_id: {cast.chen.pk: 1}}
    codes = []
    for days in (2, 3, 3, 6, 9, 15):
        with time_machine.travel(NOON + timedelta(days), tick=False):
            assert sending.tell_reminders(DAY + timedelta(days)) == (days in (3, 6) and len(codes) in (1, 3))
            try:
                sending.reminded(cast.chen, row.pk)
                codes.append("")
            except Refused as refused:
                codes.append(refused.code)
    assert codes == ["survey.remind_early", "", "survey.remind_early", "", "survey.reminded", "survey.over"] and asked(one).reminded == 2
    with pytest.raises(Invitation.DoesNotExist):
        sending.sent(cast.zhou, row.pk)
    assert verify() is None


def test_after_each_service_once_a_day(cast):
    one = bought(cast.chen, "张书远")
    made = wave(cast, drawn="service", count=None)
    first = waves.invite(cast.chen, made.pk, one.pk, DAY)
    assert waves.invite(cast.chen, made.pk, one.pk, DAY) == first
    assert waves.invite(cast.chen, made.pk, one.pk, DAY - timedelta(1)) != first
    one.do_not_contact = True
    one.save()
    with pytest.raises(Refused) as refused:
        waves.invite(cast.chen, made.pk, one.pk, DAY - timedelta(2))
    assert refused.value.code == "survey.alone" and Invitation.objects.count() == 2


def test_what_was_asked_with_stays_as_it_is(cast):
    bought(cast.chen, "张书远")
    made = survey(cast)
    body = SurveyVersion.objects.get().body
    building.save(cast.xu, made.pk, "回访", {**body, "questions": body["questions"][:2]}, 1)
    assert SurveyVersion.objects.get().number == 1 and Survey.objects.get().name == "回访"
    kept = waves.launch(cast.xu, wish(made, cast.group.pk))
    building.save(cast.xu, made.pk, "回访", body, 1)
    assert list(SurveyVersion.objects.values_list("number", flat=True)) == [1, 2]
    assert len(kept.version.form.questions) == 2
    with pytest.raises(Refused) as refused:
        building.save(cast.xu, made.pk, "回访", body, 1)
    assert refused.value.code == "survey.newer"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weight": "0"}, "权重加起来是 0，算不出得分"),
        ({"weight": "-1"}, "权重不能是负数"),
        ({"jumps": [{"when": [1], "to": "overall"}]}, "只能往后跳，overall 在这道题前面"),
        ({"jumps": [{"when": [1], "to": "nowhere"}]}, "没有 nowhere 这道题，跳不过去"),
        ({"jumps": [{"when": [6], "to": "end"}]}, "这道题没有 6 这个答案"),
    ],
)
def test_a_questionnaire_that_cannot_be(cast, change, said):
    ready = building.body_of(building.ready_form("after_service").form)
    body = {**ready, "questions": [{**ready["questions"][0], **change}]}
    with pytest.raises(Refused) as refused:
        building.create(cast.xu, "回访", cast.group.pk, body)
    assert said in str(refused.value) and not Survey.objects.exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": " "}, "wave.name"), ({"ends_on": DAY - timedelta(1)}, "wave.days"), ({"margin": Decimal("0.5")}, "wave.margin"),
        ({"count": 0}, "wave.margin"), ({"drawn": "x"}, "wave.drawn"),
    ],
)  # fmt: skip
def test_a_wave_that_cannot_be(cast, more, code):
    bought(cast.chen, "张书远")
    made = survey(cast)
    with pytest.raises(Refused) as refused:
        waves.launch(cast.xu, wish(made, cast.group.pk, **more))
    assert refused.value.code == code and not Wave.objects.exists() and not Invitation.objects.exists()
