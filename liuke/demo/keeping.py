"""What a house that is being kept has done already: customers' words on what they want, lists that people share, a night's work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from liuke.customers.models import Customer
from liuke.duplicates.models import DuplicatePair
from liuke.duplicates.scanning import scan
from liuke.keepers import nightly
from liuke.privacy.labels import Source
from liuke.privacy.models import Consent
from liuke.segments.keeping import save_segment
from liuke.segments.models import Segment, Shared
from liuke.team.labels import Role
from liuke.team.models import User

WITHDRAWN = (("mail", 0.02), ("marketing", 0.015), ("sms", 0.03), ("survey", 0.008))
GIVEN = (("wechat", 0.22), ("survey", 0.1))
SEGMENTS = (
    (
        "A 级里正在走的",
        {"all": [{"ask": "grade", "op": "in", "is": ["A"]}, {"ask": "stage", "op": "in", "is": ["D"]}]},
    ),
    (
        "金卡以上，太久没核实",
        {"all": [{"ask": "tier", "op": "in", "is": ["gold", "platinum"]}, {"ask": "stale", "op": "yes"}]},
    ),
)


def write_consents(today: date, random: Random) -> None:
    """Some said no to letters or offers, more said yes to WeChat; written down by their keepers. Inside the caller's transaction."""
    rows = []
    for pk, owner, opened in Customer.objects.exclude(owner=None).order_by("pk").values_list("pk", "owner", "opened_on"):
        for given, chances in ((True, GIVEN), (False, WITHDRAWN)):
            for purpose, share in chances:
                if random.random() < share:
                    on = max(opened, today - timedelta(days=random.randint(0, 600)))
                    source = random.choices((Source.SPOKEN, Source.WRITTEN, Source.ONLINE), (6, 2, 2))[0]
                    rows.append(Consent(customer_id=pk, purpose=purpose, given=given, source=source, on=on, by_id=owner))
    Consent.objects.bulk_create(rows, batch_size=900)


def keep_house(today: date, say: Callable[[str], object]) -> None:
    """A night: who is on file twice, who goes to the pool; and the lists that the operations centre shares. Twice is no harm."""
    scan()
    night = nightly.run(today)
    analyst = User.objects.filter(role=Role.ANALYST).order_by("pk").first()
    if analyst is not None:
        there = set(Segment.objects.filter(owner=analyst, draft=False).values_list("name", flat=True))
        for name, conditions in SEGMENTS:
            if name not in there:
                save_segment(analyst, name, conditions, Shared.ALL)
    pairs = DuplicatePair.objects.filter(state="open").count()
    say(f"查出可能重复的 {pairs} 对；{night.fell} 位没人管的进了公海，{night.warned:,} 位要进公海，提醒了业务员。")
