"""Where a message may go: outside, and nowhere else; and what may be typed as an address."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from liuke.kernel.refusal import Refused
from liuke.notify.post import Fault, is_public, post
from liuke.notify.rules import check_url, host_of
from tests.notify.server import robot

INSIDE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "192.0.2.1", "2001:db8::1", "nonsense", "",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_inside(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "120.53.80.1", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_outside(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0", "127.1"])
def test_no_way_of_writing_this_machine_leads_to_it(host: str) -> None:
    with robot() as side:
        port = side.url.split(":")[2].split("/")[0]
        with pytest.raises(Fault) as fault:
            post(f"http://{host}:{port}/send", b"{}")
        assert fault.value.code in ("inside", "unknown_host")
        assert side.heard == []


def test_a_name_of_which_one_address_lies_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(host: str, port: int, **more: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr("liuke.notify.post.socket.getaddrinfo", both)
    with pytest.raises(Fault, match="inside"):
        post("https://robot.example.com/send", b"{}")


def test_a_name_is_looked_up_once_and_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def once(host: str, port: int, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1", port, **more)

    monkeypatch.setattr("liuke.notify.post.socket.getaddrinfo", once)
    with robot("elsewhere") as side:
        port = side.url.split(":")[2].split("/")[0]
        with pytest.raises(Fault, match="redirect"):
            post(f"http://robot.test:{port}/send", b"{}", inside={"robot.test"})
    assert asked == ["robot.test"] and len(side.heard) == 1


def test_a_certificate_that_is_none() -> None:
    with robot() as side, pytest.raises(Fault) as fault:
        post(side.url.replace("http:", "https:"), b"{}", inside={"127.0.0.1"})
    assert fault.value.code in ("tls", "cut_off") and side.heard == []


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:1")
    with robot() as side:
        assert post(side.url, b"{}", inside={"127.0.0.1"}) == b'{"errcode":0,"errmsg":"ok"}'


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("wecom", "", "channel.url"),
        ("wecom", "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", "channel.url"),
        ("wecom", "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", "channel.https"),
        ("wecom", "ftp://qyapi.weixin.qq.com/", "channel.https"),
        ("wecom", "file:///etc/passwd", "channel.url"),
        ("wecom", "https://user:password@qyapi.weixin.qq.com/", "channel.url"),
        ("wecom", "https://qyapi.weixin.qq.com:99999/", "channel.url"),
        ("wecom", "https://qyapi.weixin.qq.com/#x", "channel.url"),
        ("wecom", "https://企业.example/", "channel.url"),
        ("wecom", "https://qyapi.weixin.qq.com/a\r\nHost: x", "channel.url"),
        ("wecom", "https://[::1", "channel.url"),
        ("wecom", "https://qyapi.weixin.qq.com/" + "a" * 500, "channel.url"),
        ("wecom", "https://oapi.dingtalk.com/robot/send?access_token=1", "channel.other"),
        ("dingtalk", "https://open.feishu.cn/open-apis/bot/v2/hook/1", "channel.other"),
        ("feishu", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", "channel.other"),
    ],
    ids=range(15),
)
def test_addresses_that_are_not_taken(kind: str, text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_url(kind, text)
    assert refused.value.code == code


def test_addresses_that_are_taken() -> None:
    for kind, url in [
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx"),
        ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=XXXXXX"),
        ("feishu", "https://open.larksuite.com/open-apis/bot/v2/hook/xxx"),
        ("feishu", "https://im.example.com:8443/hook/1"),
    ]:
        assert check_url(kind, f" {url}\n") == url
    assert check_url("wecom", "http://im.lan/hook", frozenset({"im.lan"})) == "http://im.lan/hook"
    assert host_of("https://IM.Example.com:8443/x") == "im.example.com"
