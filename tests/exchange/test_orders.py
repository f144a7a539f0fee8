from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.exchange.check import Cells
from liuke.exchange.datasets import DATASETS
from liuke.exchange.orders import read_orders
from liuke.exchange.rules import cents_of, kind_of
from liuke.exchange.table import open_table
from tests.exchange import files

NUMBERS = st.decimals(min_value=-1000, max_value=1000, places=4, allow_nan=False)
LINES = st.lists(
    st.tuples(st.sampled_from(["A", "B", "C", "D"]), st.sampled_from(["7", "8", ""]), NUMBERS, NUMBERS), min_size=1, max_size=20
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES)
def test_every_line_is_in_one_deal_or_refused(tmp_path, lines):
    body = "单号,客户编号,日期,数量,单价\n" + "".join(f"{n},{c},2024-03-05,{q},{p}\n" for n, c, q, p in lines)
    with open_table(files.csv(tmp_path / "a.csv", body), DATASETS["deals"]) as table:
        found = read_orders(Cells(table, date(2024, 6, 1)))
    kept = sorted(found.numbers[i] for order in found.orders for i in order.lines)
    assert sorted([*kept, *(refusal.row for refusal in found.refusals)]) == list(range(2, len(lines) + 2))
    by_number: dict[str, list] = {}
    for line in lines:
        by_number.setdefault(line[0], []).append(line)
    expected = {}
    for number, group in by_number.items():
        customers = {customer for _, customer, _, _ in group}
        if len(customers) == 1 and customers != {""}:
            total = sum((Fraction(q) * Fraction(p) for _, _, q, p in group), Fraction(0)) * 100
            sign = -1 if total < 0 else 1
            expected[number] = sign * ((abs(total) * 2 + 1) // 2)
    assert {order.number: order.cents for order in found.orders} == expected
    assert all(order.kind == ("refund" if order.cents < 0 else "sale") for order in found.orders)


def test_rounded_once_half_up():
    assert [cents_of(Decimal(text)) for text in ("0.005", "-0.005", "0.0049999", "1.115", "2.675")] == [1, -1, 0, 112, 268]


def test_what_kind_of_deal():
    assert kind_of(None, 500, False) == ("sale", 500)
    assert kind_of(None, -500, False) == ("refund", -500)
    assert kind_of("refund", 500, False) == ("refund", -500)
    assert kind_of("service", 0, False) == ("service", 0)
    assert kind_of(None, 0, True) == ("sale", 0)
    for said, cents in ((None, 0), ("sale", 0), ("refund", 0), ("sale", -1), ("service", -1), ("sale", 10**14)):
        assert not isinstance(kind_of(said, cents, False), tuple)


def test_amounts_of_lines_are_added(tmp_path):
    body = "单号,客户编号,日期,金额,内容\nA,7,2024-03-05,10.10,甲\nA,7,2024-03-06,5,乙\n"
    with open_table(files.csv(tmp_path / "a.csv", body), DATASETS["deals"]) as table:
        found = read_orders(Cells(table, date(2024, 6, 1)))
    order = found.orders[0]
    assert (order.cents, order.on, order.content) == (1510, date(2024, 3, 5), "甲")
    assert list(found.lines_of(order)) == [(1, "", "甲", 1, Decimal("10.1")), (2, "", "乙", 1, Decimal(5))]
