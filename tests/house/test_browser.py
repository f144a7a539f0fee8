"""The eyes of the browser tests: each fault that they are to see, planted once."""

import pytest

from tests.browser import Console

pytestmark = [pytest.mark.browser, pytest.mark.only_db("sqlite")]

PAGE = """<!doctype html><html lang="zh"><head><title>页</title>
<meta http-equiv="Content-Security-Policy" content="script-src 'self'"></head><body><main><h1>页</h1>%s</main></body></html>"""


@pytest.fixture
def seen():
    return Console()


@pytest.fixture
def page(chromium, seen):
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    yield seen.listen(context)
    context.close()


def test_a_good_page_passes(page, seen, axe, fits):
    page.set_content(PAGE % "<p>今天没有要做的事。</p>")
    axe(page)
    fits(page)
    assert seen.errors == []


def test_a_policy_violation_is_seen(page, seen):
    page.set_content(PAGE % "<script>document.title = '改了'</script>")
    page.wait_for_timeout(100)
    assert any("script-src" in line for line in seen.errors)
    assert page.title() == "页"


def test_a_console_error_is_seen_unless_allowed(page, seen):
    page.set_content(PAGE % "")
    page.evaluate("console.error('坏了 422')")
    assert len(seen.errors) == 1
    seen.allow("422")
    assert seen.errors == []


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "image-alt"),
        ('<p style="color:#ddd;background:#fff">看不清</p>', "color-contrast"),
        ("<input>", "label"),
    ],
)
def test_an_inaccessible_page_is_seen(page, axe, body, rule):
    page.set_content(PAGE % body)
    with pytest.raises(AssertionError, match=rule):
        axe(page)


def test_what_sticks_out_is_seen(page, fits):
    page.set_content(PAGE % '<div style="width:500px">宽</div>')
    with pytest.raises(AssertionError, match="wide in a window of 390"):
        fits(page)
