"""The head of a pasted e-mail in the ways programs write it; what only looks like one."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.complaints.mails import Mail, read_mail
from tests.complaints.conftest import NOON, enter

BODY = "修了三次还响。\n\n主题是安全：马上修！"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("From: Zhang <zsy@example.com>\nTo: desk@example.com\nDate: 20 Nov 2026\nSubject: Re: Fwd: 异响\n\n",
         ("Zhang", "zsy@example.com", "异响")),
        ("-----原始邮件-----\n发件人: zsy@example.com;\n收件人: a@b.cn;\n主题: 异响\n",
         ("", "zsy@example.com", "异响")),
        ('--------- 原始邮件 ---------\n发件人: "张书远" <zsy@example.com>;\n发送时间: 周五\n\n主题: 异响\n\n',
         ("张书远", "zsy@example.com", "异响")),
        ("\ufeff\n主题：异响\n\n", ("", "", "异响")),
        ("**发件人：** 张书远\n**主题：** 异响\n\n", ("张书远", "", "异响")),
    ],
)  # fmt: skip
def test_the_head_in_the_ways_it_is_written(head, said):
    assert read_mail(head + BODY) == Mail(*said, BODY)


@pytest.mark.parametrize(
    ("head", "at"),
    [
        ("Date: Wed, 18 Nov 2026 21:14 +0800", "2026-11-18T21:14:00+08:00"),
        ("Date: Wed, 18 Nov 2026 13:14:05 GMT", "2026-11-18T21:14:05+08:00"),
        ("发送时间: 2026年11月20日 9:30", "2026-11-20T09:30:00+08:00"),
        ("日期：2026年11月19日(星期四) 下午3:05", "2026-11-19T15:05:00+08:00"),
        ("Sent: Thursday, November 19, 2026 3:05 PM", "2026-11-19T15:05:00+08:00"),
        ("发送时间: 2026年11月20日 12:01", None),  # to come: it is noon
        ("Date: Wed, 13 Aug 2025 21:14 +0800", None),  # more than a year ago
        ("日期: 2026年13月45日 99:99", None),
        ("日期: 2026年11月19日", None),
        ("Date: gestern", None),
    ],
)
def test_the_time_in_the_head_is_the_receipt_where_it_can_be(cast, head, at):
    made = enter(cast, text=f"发件人: zsy@example.com\n{head}\n主题: 异响\n\n{BODY}")
    assert made.received_at == (datetime.fromisoformat(at) if at else NOON)


def test_a_head_of_any_length_is_no_fault(cast):
    made = enter(cast, text=f"发件人：{'张' * 200}\n主题：{'响' * 200}\n\n{BODY}")
    assert (len(made.stranger_name), len(made.title), made.text) == (80, 80, BODY)


def test_a_subject_alone_is_what_he_said():
    assert read_mail("发件人：a@b.cn\n主题：异响，来电话") == Mail("", "a@b.cn", "异响，来电话", "异响，来电话")


@pytest.mark.parametrize("text", [BODY, "时间：昨天\n收件人：店长\n异响", "我说：发件人：不是我", "", "他来信\n发件人：a@b.cn"])
def test_what_is_no_head(text):
    assert read_mail(text) is None


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=200))
def test_nothing_he_wrote_is_lost(text):
    found = read_mail(f"发件人：a@b.cn\n主题：x\n\n他说：{text}")
    assert found is not None and found.body == f"他说：{text}".strip()
