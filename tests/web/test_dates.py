"""The line below a date field says which day was understood; the forms take words too."""

from datetime import timedelta

import pytest
from django.test import Client

from liuke.customers.models import Customer
from liuke.deals.models import Deal
from liuke.kernel import clock
from tests.cast import card
from tests.web.pages import enter

pytestmark = pytest.mark.django_db


def test_the_line_says_the_day_or_what_is_wrong(cast):
    client = enter(cast.chen)
    tomorrow = clock.today() + timedelta(days=1)
    said = client.get("/dates/next/", {"on": "明天"}).content.decode()
    assert f"{tomorrow.month}月{tomorrow.day}日" in said and "1 天后" in said
    said = "日期看不懂：改天&lt;b&gt;。可以写明天、下周三、12月1日、+3。"
    assert client.get("/dates/next/", {"next": "改天<b>"}).content.decode() == said
    assert client.get("/dates/past/", {"on": ""}).content == b""
    assert client.get("/dates/past/").content == b""
    assert Client().get("/dates/next/").status_code == 302


def test_the_next_contact_is_typed_in_words(cast):
    mine, client = card(cast.chen, "张书远"), enter(cast.chen)
    client.post(f"/customers/{mine.pk}/next-contact/", {"typed": "+3"})
    assert Customer.objects.get().next_contact_on == clock.today() + timedelta(days=3)
    answer = client.post(f"/customers/{mine.pk}/next-contact/", {"typed": "改天"}, follow=True)
    assert "日期看不懂：改天" in answer.content.decode()
    assert Customer.objects.get().next_contact_on == clock.today() + timedelta(days=3)
    client.post(f"/customers/{mine.pk}/interactions/new/", {"way": "phone", "outcome": "reached", "direction": "out", "next": "明天"})
    assert Customer.objects.get().next_contact_on == clock.today() + timedelta(days=1)


def test_a_deal_of_yesterday_of_12000(cast):
    mine, client = card(cast.chen, "张书远"), enter(cast.chen)
    client.post(f"/customers/{mine.pk}/deals/new/", {"on": "昨天", "amount": "1.2万", "kind": "sale"})
    deal = Deal.objects.get()
    assert (deal.on, deal.amount_cents) == (clock.today() - timedelta(days=1), 1_200_000)
