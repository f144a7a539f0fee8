"""Is a condition, or a slot of evidence, a sentence of the expression language? Checked when a pack is read, run elsewhere."""

from __future__ import annotations

import ast

COLUMNS = frozenset(
    "first_day last_day recency_days deal_days amount_all_cents amount_12m_cents last6_cents prev6_cents cycle_days elapsed_cycles abc"
    " attitude type stage stage_by_rule value_at_risk_cents has_deal_day opened_days key_account owner_left".split()
)
"""What is known of each customer."""

FUNCTIONS = {
    "days_left": 1,
    "days_expired": 1,
    "remaining": 1,
    "days_since": 1,
    "count": 2,
    "last_value": 1,
    "previous_value": 1,
}
"""Functions over contracts and events, with the number of their arguments: a kind in quotes, then days."""

_PLAIN = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.BinOp, ast.Load,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Add, ast.Sub, ast.Mult, ast.Div,
)  # fmt: skip


def fault(text: str) -> str | None:
    """What is wrong with an expression, in Chinese; None when nothing is."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "写法不对"
    return _fault(tree)


def _fault(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return None if node.id in COLUMNS else f"没有叫 {node.id} 的数"
    if isinstance(node, ast.Constant):
        return None if type(node.value) in (int, float, bool, str) else "只能写数和带引号的词"
    if isinstance(node, ast.Call):
        return _call(node)
    if not isinstance(node, _PLAIN):
        return "用了这里没有的写法"
    return next((found for child in ast.iter_child_nodes(node) if (found := _fault(child))), None)


def _call(node: ast.Call) -> str | None:
    name = node.func.id if isinstance(node.func, ast.Name) else "?"
    if name not in FUNCTIONS:
        return f"没有叫 {name} 的算法"
    if node.keywords or len(node.args) != FUNCTIONS[name]:
        return f"{name} 要写 {FUNCTIONS[name]} 项"
    kind, *days = node.args
    if not (isinstance(kind, ast.Constant) and isinstance(kind.value, str)):
        return f"{name} 的第一项要写带引号的名称"
    if days and not (isinstance(days[0], ast.Constant) and type(days[0].value) is int and days[0].value > 0):
        return f"{name} 的第二项要写天数"
    return None
