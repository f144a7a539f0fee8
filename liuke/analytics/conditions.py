"""Conditions of a pack's signals: a small safe language over columns, read with `ast` and evaluated for all customers at once.

    elapsed_cycles >= 1.25 and stage in ("B", "C") and not key_account
    0 <= days_left("insurance") <= 30
    last_value("satisfaction") <= previous_value("satisfaction") - 2

Names are columns, functions are those of `FUNCTIONS`; `and or not`, comparisons (also chained, `in` a list), `+ - * /`, numbers,
texts. A comparison with a missing value is false whichever sign it has (so `not` of it is true); `known(x)` tells whether there is
one. Numbers are doubles here: conditions pick moments to act, they grade nothing.
"""

from __future__ import annotations

import ast
import operator
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .evidence import FUNCTIONS, Context

__all__ = ["Condition", "ConditionError", "Context", "compile_condition", "repeated", "value_of"]

Values = NDArray[Any]
MAX_LENGTH = 1000
_MAX_NUMBER = 10**15
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: np.divide,
}  # fmt: skip


class ConditionError(ValueError):
    """A condition that cannot be understood. `position` is the place in the text, counted from 1."""

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(f"{message}, at {position} in {text!r}")
        self.position = position


@dataclass(frozen=True)
class Condition:
    """A checked condition; `names`: the columns it reads."""

    text: str
    tree: ast.expr
    names: frozenset[str]

    def __call__(self, context: Context) -> NDArray[np.bool_]:
        """True per customer of the context where the condition holds."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return _truth(value_of(self.tree, context), len(context))

    def value(self, context: Context) -> Values:
        """The value of the expression per customer (NaN or None where there is none): for slots of an evidence."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.broadcast_to(np.asarray(value_of(self.tree, context)), (len(context),))


def compile_condition(text: str, names: Iterable[str]) -> Condition:
    """Read and check a condition over the columns `names`. Raises ConditionError with the position of what is wrong."""
    known = frozenset(names)
    if len(text) > MAX_LENGTH:
        raise ConditionError(f"longer than {MAX_LENGTH} characters", text[:40] + "…", MAX_LENGTH + 1)
    source = text.strip()
    if not source:
        raise ConditionError("empty condition", text, 1)
    flat = source.replace("\n", " ").replace("\r", " ")
    try:
        tree = ast.parse(flat, mode="eval").body
        used = _Checker(flat, known).check(tree)
    except SyntaxError as error:
        raise ConditionError(
            f"not understood ({error.msg})", flat, error.offset or len(flat) + 1
        ) from None  # no place: something is missing at the end
    except (RecursionError, MemoryError, ValueError) as error:
        if isinstance(error, ConditionError):
            raise
        raise ConditionError("nested too deeply, or not text", flat, 1) from None
    return Condition(source, tree, frozenset(used))


class _Checker:
    """Lets through only the nodes of the language, and collects the columns."""

    def __init__(self, text: str, known: frozenset[str]) -> None:
        self.text, self.known = text, known
        self.used: set[str] = set()

    def check(self, node: ast.expr) -> set[str]:
        self.visit(node)
        return self.used

    def fail(self, message: str, node: ast.expr) -> ConditionError:
        at = len(self.text.encode()[: node.col_offset].decode(errors="ignore"))  # ast counts bytes
        return ConditionError(message, self.text, at + 1)

    def visit(self, node: ast.expr) -> None:
        match node:
            case ast.BoolOp(values=parts):
                for part in parts:
                    self.visit(part)
            case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
                self.visit(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                self.visit(left)
                self.visit(right)
            case ast.Compare():
                self.comparison(node)
            case ast.Name(id=name):
                if name not in self.known:
                    raise self.fail(f"unknown name {name}", node)
                self.used.add(name)
            case ast.Constant(value=bool() | str()):
                pass
            case ast.Constant(value=int() | float() as number):
                if abs(number) > _MAX_NUMBER:
                    raise self.fail("number too large", node)
            case ast.Call():
                self.call(node)
            case _:
                raise self.fail(f"{type(node).__name__} is not part of the language", node)

    def comparison(self, node: ast.Compare) -> None:
        self.visit(node.left)
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                if not isinstance(right, ast.Tuple | ast.List):
                    raise self.fail("'in' needs a list of values in brackets", right)
                for item in right.elts:
                    if not isinstance(item, ast.Constant):
                        raise self.fail("only plain values may stand in a list", item)
                    self.visit(item)
            elif type(op) in _COMPARE:
                self.visit(right)
            else:
                raise self.fail(f"{type(op).__name__} is not part of the language", right)

    def call(self, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            raise self.fail(f"unknown function {ast.unparse(node.func)}", node)
        function = FUNCTIONS[node.func.id]
        if node.keywords or not function.least <= len(node.args) <= len(function.takes):
            raise self.fail(f"{node.func.id} takes {function.signature}", node)
        for argument, wanted in zip(node.args, function.takes, strict=False):
            if wanted is None:
                self.visit(argument)
            elif not isinstance(argument, ast.Constant) or type(argument.value) is not wanted:
                raise self.fail(f"{node.func.id} takes {function.signature}", argument)


def value_of(node: ast.expr, context: Context) -> Any:
    """What a checked expression comes to: one value a customer, or one for all. What a context is to remember is reckoned once."""
    if context.shared and isinstance(node, ast.Compare | ast.Call | ast.UnaryOp):
        key = ast.dump(node)
        if key in context.shared:
            if key not in context.remembered:
                context.remembered[key] = _value_of(node, context)
            return context.remembered[key]
    return _value_of(node, context)


def repeated(conditions: Iterable[Condition]) -> frozenset[str]:
    """The comparisons that several of these conditions make: what `Context.shared` is for."""
    counted = Counter(ast.dump(node) for each in conditions for node in ast.walk(each.tree) if isinstance(node, ast.Compare | ast.UnaryOp))
    return frozenset(key for key, times in counted.items() if times > 1)


def _value_of(node: ast.expr, context: Context) -> Any:
    match node:
        case ast.BoolOp(op=op, values=parts):
            join = np.logical_and if isinstance(op, ast.And) else np.logical_or
            out = _truth(value_of(parts[0], context), len(context))
            for part in parts[1:]:
                out = join(out, _truth(value_of(part, context), len(context)))
            return out
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ~_truth(value_of(operand, context), len(context))
        case ast.UnaryOp(operand=operand):
            return -_number(value_of(operand, context))
        case ast.BinOp(left=left, op=op, right=right):
            return _ARITHMETIC[type(op)](_number(value_of(left, context)), _number(value_of(right, context)))
        case ast.Compare(left=ast.Name(id=name), comparators=others) if name in context.texts and _constant(others):
            words, code = context.words(name)
            return _comparison(node, np.array([*words, None], object), context, len(words) + 1)[code]
        case ast.Compare(left=left):
            return _comparison(node, value_of(left, context), context, len(context))
        case ast.Name(id=name):
            return context.column(name)
        case ast.Constant(value=value):
            return value
        case ast.Call(func=ast.Name(id=name), args=arguments):
            if name == "known":
                return _known(value_of(arguments[0], context), len(context))
            return FUNCTIONS[name].compute(context, *[argument.value for argument in arguments])  # type: ignore[attr-defined]
    raise TypeError(f"unchecked node {type(node).__name__}")


def _constant(nodes: list[ast.expr]) -> bool:
    return all(isinstance(node, ast.Constant | ast.Tuple | ast.List) for node in nodes)


def _comparison(node: ast.Compare, value: Any, context: Context, n: int) -> NDArray[np.bool_]:
    """A chain of comparisons that begins with `value`, of `n` entries."""
    out = np.ones(n, bool)
    for sign, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(sign, ast.In | ast.NotIn):
            found = np.zeros(n, bool)
            for item in right.elts:  # type: ignore[attr-defined]  # the checker has seen to it
                found |= _compare(operator.eq, value, item.value, n)
            out &= found if isinstance(sign, ast.In) else ~found & _known(value, n)
            continue
        other = value_of(right, context)
        out &= _compare(_COMPARE[type(sign)], value, other, n)
        value = other
    return out


def _number(value: Any) -> Any:
    array = np.asarray(value)
    return np.full(array.shape, np.nan) if array.dtype.kind in "OUS" else array.astype(np.float64)


def _known(value: Any, n: int) -> NDArray[np.bool_]:
    array = np.broadcast_to(np.asarray(value), (n,))
    if array.dtype.kind == "f":
        return np.asarray(~np.isnan(array), bool)
    return np.asarray(array != None, bool) if array.dtype.kind == "O" else np.ones(n, bool)  # noqa: E711  (element by element)


def _truth(value: Any, n: int) -> NDArray[np.bool_]:
    """A text or number where a yes or no is needed: yes when it is there and not empty or zero."""
    array = np.broadcast_to(np.asarray(value), (n,))
    if array.dtype.kind in "OUS":
        return np.asarray((array != "") & _known(array, n), bool)
    return np.asarray((array != 0) & _known(array, n), bool)


def _compare(op: Callable[[Any, Any], Any], left: Any, right: Any, n: int) -> NDArray[np.bool_]:
    a, b = np.broadcast_to(np.asarray(left), (n,)), np.broadcast_to(np.asarray(right), (n,))
    both = _known(a, n) & _known(b, n)
    words = a.dtype.kind in "OUS", b.dtype.kind in "OUS"
    if words[0] != words[1]:  # a text is never equal to, or before, a number
        return both if op is operator.ne else np.zeros(n, bool)
    if all(words):
        out = np.zeros(n, bool)
        out[both] = op(a[both].astype(str), b[both].astype(str))
        return out
    return np.asarray(op(a, b), bool) & both
