"""Is a condition, or a slot of evidence, a sentence of the expression language? The language itself is analytics' own."""

from __future__ import annotations

import re

from liuke.analytics.conditions import ConditionError, compile_condition

COLUMNS = frozenset(
    "first_day last_day recency_days deal_days deal_days_12m amount_all_cents amount_12m_cents last6_cents prev6_cents prev6_days"
    " mean_deal_cents median_deal_cents r f m cycle_days elapsed_cycles abc attitude type tags stage_by_rule stage_rule_code"
    " expected_12m_cents value_at_risk_cents key_account owner_left opened_days".split()
)
"""What a pack may ask of each customer: columns of `analytics.assign`, and the days since the card was opened."""

# The language says its faults in English, for developers; whoever writes a pack reads these.
_CHINESE = (
    (re.compile(r"^unknown name (\w+)"), r"没有叫 \1 的数"),
    (re.compile(r"^unknown function (\w+)"), r"没有叫 \1 的算法"),
    (re.compile(r"^(\w+) takes (.+), at "), r"\1 后面要写 \2"),
    (re.compile(r"^'in' needs"), "in 后面要写括号里的几个值"),
    (re.compile(r"^only plain values"), "括号里只能写数和带引号的词"),
    (re.compile(r"is not part of the language"), "用了这里没有的写法"),
    (re.compile(r"^longer than (\d+)"), r"太长，最多 \1 个字符"),
)


def fault(text: str) -> str | None:
    """What is wrong with an expression, in Chinese with its place; None when nothing is."""
    try:
        compile_condition(text, COLUMNS)
    except ConditionError as error:
        said = str(error)
        for pattern, chinese in _CHINESE:
            if found := pattern.search(said):
                return f"{found.expand(chinese)}（第 {error.position} 个字符）"
        return f"写法不对（第 {error.position} 个字符）"
    return None
