"""What each maker's robot is sent, against what the makers describe."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from liuke.notify.message import MOST_BYTES, Message, cut, fault_in, plain, sheet

NEWS = Message("留客：2 条没看", ["任务 1 条", "承诺 1 条"], "https://liuke.example.com/notices/", "打开留客")
NOW = 1763438400.9
URL = "https://robot.example.com/send?access_token=T"


def test_wecom() -> None:
    made = sheet("wecom", NEWS, URL, "", NOW)
    text = "**留客：2 条没看**\n> 任务 1 条\n> 承诺 1 条\n[打开留客](https://liuke.example.com/notices/)"
    assert (made.url, json.loads(made.body)) == (URL, {"msgtype": "markdown", "markdown": {"content": text}})


def test_dingtalk_signs_in_the_address() -> None:
    made = sheet("dingtalk", NEWS, URL, "SEC1", NOW)
    query = parse_qs(urlsplit(made.url).query)
    digest = hmac.new(b"SEC1", b"1763438400900\nSEC1", hashlib.sha256).digest()
    assert query == {"access_token": ["T"], "timestamp": ["1763438400900"], "sign": [base64.b64encode(digest).decode()]}
    assert json.loads(made.body) == {
        "msgtype": "markdown",
        "markdown": {
            "title": "留客：2 条没看",
            "text": "### 留客：2 条没看\n\n任务 1 条\n\n承诺 1 条\n\n[打开留客](https://liuke.example.com/notices/)",
        },
    }
    assert sheet("dingtalk", NEWS, URL, "", NOW).url == URL
    assert "?timestamp=" in sheet("dingtalk", NEWS, "https://robot.example.com/send", "SEC1", NOW).url


def test_feishu_signs_in_the_body() -> None:
    made = sheet("feishu", NEWS, URL, "SEC1", NOW)
    body = json.loads(made.body)
    digest = hmac.new(b"1763438400\nSEC1", b"", hashlib.sha256).digest()
    assert made.url == URL
    assert (body["timestamp"], body["sign"]) == ("1763438400", base64.b64encode(digest).decode())
    assert body["msg_type"] == "post"
    assert body["content"]["post"]["zh_cn"] == {
        "title": "留客：2 条没看",
        "content": [
            [{"tag": "text", "text": "任务 1 条"}],
            [{"tag": "text", "text": "承诺 1 条"}],
            [{"tag": "a", "text": "打开留客", "href": "https://liuke.example.com/notices/"}],
        ],
    }
    assert "sign" not in json.loads(sheet("feishu", NEWS, URL, "", NOW).body)


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_a_house_without_an_address_outside_has_no_link(kind: str) -> None:
    body = sheet(kind, Message("留客", ["任务 1 条"]), URL, "", NOW).body.decode()
    assert "打开" not in body and "http" not in body


def test_names_are_no_markup() -> None:
    assert plain("陈*思*远\n<@all>") == "陈 思 远 @all"
    assert not set(plain("[a](b)<c>*_`~#|\\")) & set("[]()<>*_`~#|\\")


def test_what_is_too_long_is_cut_at_a_line() -> None:
    lines = ["任务" * 100] * 10
    kept = cut(lines)
    assert kept[-1] == "…" and len("\n".join(kept).encode()) <= MOST_BYTES + 4
    assert cut(["甲", "乙"]) == ["甲", "乙"]
    assert len(json.loads(sheet("wecom", Message("留客", lines), URL, "", NOW).body)["markdown"]["content"].encode()) < 4096


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"errcode": 0, "errmsg": "ok"}, ("", "")),
        ({"code": 0, "msg": "success", "data": {}}, ("", "")),
        ({"StatusCode": 0, "StatusMessage": "success"}, ("", "")),
        ({"errcode": 93000, "errmsg": "invalid webhook url"}, ("key", "93000")),
        ({"errcode": 45009}, ("often", "45009")),
        ({"errcode": 310000, "errmsg": "sign not match"}, ("sign", "310000")),
        ({"errcode": 310000, "errmsg": "keywords not in content"}, ("keyword", "310000")),
        ({"errcode": 310000, "errmsg": "ip 1.2.3.4 not in whitelist"}, ("address", "310000")),
        ({"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}, ("sign", "19021")),
        ({"code": 19024}, ("keyword", "19024")),
        ({"errcode": 12345}, ("vendor", "12345")),
        ({"errcode": "x"}, ("answer", "")),
        ({}, ("answer", "")),
        ([], ("answer", "")),
        (None, ("answer", "")),
    ],
    ids=range(15),
)
def test_what_an_answer_says(answer: object, said: tuple[str, str]) -> None:
    assert fault_in(json.dumps(answer).encode()) == said


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 5000])
def test_an_answer_that_is_none(body: bytes) -> None:
    assert fault_in(body) == ("answer", "")
