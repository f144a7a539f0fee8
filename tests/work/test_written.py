"""Messages ready to send and invitations, in every pack: whole, or not at all."""

from dataclasses import replace

import pytest
from django.utils import translation

from liuke.packs.loader import available, load_pack
from liuke.work.words import Filling
from liuke.work.written import invitation, message

FULL = Filling("张先生", "陈思远", "杭州滨江店", "凯美瑞", "商业险", "12月11日", 212, "一次免费全车检查")


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


def test_a_wechat_message_has_greeting_words_and_close():
    pack = load_pack("auto_dealer")
    assert message(pack, pack.playbook("late_visit"), 0, FULL) == (
        "张先生您好，我是杭州滨江店的陈思远。\n车差不多该保养了，您看哪天顺路，我留工位。\n不急，您方便时回我一句就行。"
    )


def test_a_call_has_no_message():
    pack = load_pack("auto_dealer")
    assert message(pack, pack.playbook("overdue_visit"), 0, FULL) == ""


@pytest.mark.parametrize("key", available())
def test_every_step_that_is_written_has_its_text(key):
    pack = load_pack(key)
    steps = [(book, at) for book in pack.playbooks for at, step in enumerate(book.steps) if step.channel in ("wechat", "sms")]
    assert len(steps) > 10
    for book, at in steps:
        told = message(pack, book, at, FULL)
        assert told and "{" not in told, (book.key, at)


@pytest.mark.parametrize("key", available())
def test_an_invitation_asks_first_and_invites_second(key):
    pack = load_pack(key)
    said, answers = invitation(pack, replace(FULL, event="自驾游分享会", event_day="12月6日", gift="一份年历"))
    lines = ["".join(part.text for part in parts) for parts in said]
    assert "12月6日" in lines[2] and "自驾游分享会" in lines[2] and "一份年历" in lines[3]
    assert not any("自驾游分享会" in line for line in lines[:2]) and len(answers) == 3


@pytest.mark.parametrize("key", available())
def test_without_a_gift_nobody_speaks_of_one(key):
    said, _answers = invitation(load_pack(key), replace(FULL, event="自驾游分享会", event_day="12月6日"))
    assert len(said) == 3 and not any("留了" in part.text for parts in said for part in parts)


def test_a_hole_is_never_sent():
    pack = load_pack("auto_dealer")
    book = pack.playbook("insurance_before")
    step = book.steps[0].model_copy(update={"say": book.opening.purpose})
    unknown = replace(FULL, contract=None, contract_end=None)
    asked = book.model_copy(update={"steps": (step, *book.steps[1:])})
    assert message(pack, asked, 0, unknown) == "" and "12月11日" in message(pack, asked, 0, FULL)
