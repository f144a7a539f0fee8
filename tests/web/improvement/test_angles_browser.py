"""The three angles on a phone: nothing sticks out, the verdict of each store is in sight."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from liuke.improvement import angles
from liuke.kernel import clock
from tests.browser import PHONE
from tests.cast import assemble


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_angles_on_a_phone(live: Any, sign_in: Any, fits: Any) -> None:
    cast = assemble()
    good = {"greeted": 5, "on_time": 5, "friendly": 2, "listened": 2}
    for ago in range(3):
        angles.fill(cast.lin, cast.binjiang.pk, "staff", good, on=clock.today() - timedelta(ago))
        angles.fill(cast.he, cast.binjiang.pk, "mystery", good, on=clock.today() - timedelta(ago))
    sign_in(cast.he)
    live.set_viewport_size(PHONE)
    live.goto("/angles/")
    row = live.locator("tbody tr:has-text('杭州滨江店')")
    verdict = row.locator(".lk-tag").bounding_box()
    assert verdict is not None and verdict["x"] + verdict["width"] <= 390  # in sight without moving the table
    fits(live)
    out = live.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => !e.closest('.lk-seg') && e.getBoundingClientRect().right > 391)"
        ".map(e => e.className + ' ' + e.textContent.slice(0, 20))"
    )
    assert out == [], out
