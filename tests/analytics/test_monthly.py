from __future__ import annotations

from datetime import date

from liuke.analytics.days import day_number
from liuke.analytics.monthly import net_by_month
from tests.analytics.bases import deals

AS_OF = day_number(date(2025, 3, 15))
DEALS = deals(
    (1, date(2025, 3, 15), 10), (1, date(2025, 3, 1), -4), (1, date(2025, 3, 16), 99),
    (1, date(2025, 1, 31), 7), (1, date(2024, 12, 31), 3),
    (2, date(2025, 2, 28), 5), (2, date(2023, 4, 1), 2), (2, date(2023, 3, 31), 1),
)  # fmt: skip


def test_one_customer_has_every_month() -> None:
    rows = net_by_month(DEALS, AS_OF, 3, customer_id=1).to_pylist()
    assert [(row["month"], row["cents"]) for row in rows] == [(202501, 700), (202502, 0), (202503, 600)]


def test_a_customer_without_deals_has_empty_months() -> None:
    assert net_by_month(DEALS, AS_OF, customer_id=5)["cents"].to_pylist() == [0] * 24


def test_all_customers_have_their_months_with_deals() -> None:
    rows = [(row["customer_id"], row["month"], row["cents"]) for row in net_by_month(DEALS, AS_OF).to_pylist()]
    assert rows == [(1, 202412, 300), (1, 202501, 700), (1, 202503, 600), (2, 202304, 200), (2, 202502, 500)]
