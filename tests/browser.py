"""Pages as a person meets them: Chromium against a live server. A console error or a content-policy violation fails the test."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chromium import ARGUMENTS, find_chromium

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# WCAG 2.x, levels A and AA.
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
TELL_VIOLATIONS = (
    "document.addEventListener('securitypolicyviolation',"
    " e => console.error('content policy: ' + e.effectiveDirective + ' ' + e.blockedURI))"
)


class Console:
    """What the page complained of. A test that provokes a complaint names it: `console.allow("status of 422")`."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.allowed: list[str] = []

    def listen(self, context: Any) -> Any:
        """A new page that tells this console its errors."""
        context.add_init_script(TELL_VIOLATIONS)
        page = context.new_page()
        page.on("console", lambda message: self.lines.append(f"{message.text} ({page.url})") if message.type == "error" else None)
        page.on("pageerror", lambda error: self.lines.append(f"{error} ({page.url})"))
        return page

    def allow(self, pattern: str) -> None:
        self.allowed.append(pattern)

    @property
    def errors(self) -> list[str]:
        return [line for line in self.lines if not any(re.search(pattern, line) for pattern in self.allowed)]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    path = find_chromium()
    if path is None:
        pytest.skip("Chromium is missing: apt-get install -y chromium fonts-noto-cjk")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def live(chromium: Any, live_server: Any, console: Console) -> Iterator[Any]:
    """A Playwright page on the running product, 1440 wide: `live.goto("/")`; `live.set_viewport_size(PHONE)` makes it a phone."""
    context = chromium.new_context(
        base_url=live_server.url, viewport=DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    page = console.listen(context)
    yield page
    context.close()
    assert console.errors == [], "the page complained in its console"


@pytest.fixture
def sign_in(live: Any, live_server: Any) -> Callable[[Any], None]:
    """`sign_in(user)`: the browser is logged in as this person, without the log-in form."""
    from django.conf import settings
    from django.test import Client

    def enter(user: Any) -> None:
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        live.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])

    return enter


@pytest.fixture
def axe() -> Callable[[Any], None]:
    """`axe(page)`: fails on any violation of WCAG A or AA on the page as it now stands."""
    from axe_playwright_python.sync_playwright import Axe

    def check(page: Any) -> None:
        page.wait_for_load_state()  # a click waits until the next page has begun, not until it stands
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": STANDARD}}).response["violations"]
        told = [f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}" for rule in found for node in rule["nodes"]]
        assert told == [], "\n".join(told)

    return check


@pytest.fixture
def fits() -> Callable[[Any], None]:
    """`fits(page)`: nothing sticks out to the right at the present width."""

    def check(page: Any) -> None:
        page.wait_for_load_state()
        page_width, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert page_width <= window, f"{page.url} is {page_width} wide in a window of {window}"

    return check
