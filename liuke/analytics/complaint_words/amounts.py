"""Money in a text: how much is at stake, and a bill beside its quote."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2, "仨": 3, "〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000, "k": 1000, "w": 10_000, "万": 10_000, "亿": 100_000_000}
_NOT_MONEY = (
    r"(?!\s?(?:[:：\-—/年月日号时点天周秒岁楼层栋室次回趟遍个位名台辆条件套张块钱]?(?:小时|分钟|公里|里|斤|克|米|升|度|版|型|系|公分|"
    r"毫|%|％|gb|g\b|mb|m\b|km|kg|ml|cm|mm|am\b|pm\b|"
    r"hours?|days?|weeks?|months?|years?|minutes?|miles?|times?|people|kids|calls|st\b|nd\b|rd\b|th\b)|"
    r"[:：\-/年月日号时点天周秒岁楼层栋室次回趟遍位名台辆条人]))"
)
_AMOUNT = re.compile(
    r"(?P<sign>[¥$€£]|rmb\s?|cny\s?|"
    r"usd\s?)?\s?(?<![\d.a-z])(?P<number>\d{1,9}(?:,\d{3}){0,3}(?:\.\d{1,2})?)(?!\d)\s?(?P<scale>[百千万kw](?![a-z]))?(?P<rest>\d(?=块|"
    r"元|[,。!?\s]|$))?(?P<many>[多几来])?"
    r"(?P<unit>\s?(?:块钱?|元|圆|人民币|rmb|yuan|dollars?|bucks|euros?|pounds?|quid|美元|欧元|刀))?" + _NOT_MONEY
)
_HAN_AMOUNT = re.compile(
    r"(?<![\d.第])(?P<number>(?:[一二两三四五六七八九十百千万零几]{1,12}))(?P<many>[多几来])?(?:个)?(?P<unit>块钱?|元|圆|人民币|大洋)?"
    r"(?!(?:[年月日号时点天周次回趟遍个位名台辆条件套张楼层岁步起些直般定样样切共旦]|小时|分钟|公里|里路|斤|克|米|升|度|成|折|倍))"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """`value` in currency units; `sure`: written as money (a unit, or a scale such as 万)."""

    value: float
    start: int
    end: int
    sure: bool


_CHARGED_YEAR = re.compile(
    r"(?:报价?|结账|结算|收(?:了|我|费)?|要(?:我)?|付(?:了)?|扣(?:了)?|账单|花(?:了)?|刷(?:了)?|变成?|成了|退|赔|"
    r"(?:quot|charg|bill|invoic)ed|paid|pay) ?$"
)
"""Before a figure such as 1960: a sum, no year."""


def amounts(text: str) -> list[Amount]:
    """What reads as an amount of money, in the text's order."""
    found = []
    for hit in _AMOUNT.finditer(text):
        value = float(hit["number"].replace(",", "")) * _UNITS.get(hit["scale"] or "", 1)
        if hit["rest"] and hit["scale"]:
            value += int(hit["rest"]) * _UNITS[hit["scale"]] / 10
        sure = bool(hit["sign"] or hit["unit"] or hit["scale"])
        year = not sure and 1900 < value < 2100 and not _CHARGED_YEAR.search(text[max(0, hit.start() - 6) : hit.start()])
        if 10 <= value < 1e9 and not year:
            found.append(Amount(value, hit.start(), hit.end(), sure))
    for hit in _HAN_AMOUNT.finditer(text):
        value = spoken(hit["number"])
        if value >= 10 and (hit["unit"] or value >= 100):
            found.append(Amount(value, hit.start(), hit.end(), bool(hit["unit"]) or value >= 1000))
    return sorted(found, key=lambda amount: amount.start)


def spoken(number: str) -> float:
    """一万二 → 12000, 三百 → 300, 两千五 → 2500, 几千 → 3000 (a few are three); 0 where it is no number."""
    total = section = digit = 0.0
    last = 1.0
    for char in number:
        if char == "几":
            digit = 3
        elif char in _DIGITS:
            digit = digit * 10 + _DIGITS[char] if digit and last == 1 else float(_DIGITS[char])
        elif (unit := _UNITS.get(char)) is not None:
            if unit >= 10_000:
                total += (section + digit or 1) * unit
                section = 0.0
            else:
                section += (digit or 1) * unit
            digit, last = 0.0, float(unit)
    # The figure left over after 万, 千 or 百 counts the next unit down: 一万二.
    tail = digit * (last / 10 if last >= 100 and digit and number[-2:-1] != "零" else 1)
    return total + section + tail


_STAKE_BEFORE = re.compile(
    r"(?:多收|多扣|多算|多刷|多付|多要|多花|乱收|扣|损失|赔|补偿|退|欠|差(?:价|了|额)?|少(?:了|退|给|找)|骗|坑|宰|加(?:价|收|了|钱)?|"
    r"涨(?:了|到)?|罚|违约金|押金|定金|订金|手续费|服务费|费用?|收(?:了|费|我)?|要(?:我)?(?:交|付|出|再)?|付(?:了)?|交(?:了|的)?|"
    r"充(?:了|值)?|"
    r"刷(?:了)?|转(?:了|走)?|丢(?:了)?|偷(?:了)?|亏(?:了)?|卷走|拿走|划走|没收|自掏|垫(?:付|了)?|搭进去|白花|overcharg\w*|charged|"
    r"refund|compensat\w*|pay|owe|lost|losing|bill(?:ed)?|fee|deposit|damages?|cost|stole|extra|short|claim)[^。!?;\n]{0,10}$"
)
_STAKE_AFTER = re.compile(
    r"^[^。!?;\n,]{0,4}(?:损失|差价|差额|的?赔|定金|订金|押金|手续费|服务费|安装费|工时费|违约金|打水漂|没了|不见了|不退|没退|不给退|"
    r"不翼而飞|没影|refund|back|deposit|overcharge|fee|in damages|compensation|more than|extra|over (?:the|my))"
)
_PRICE_BEFORE = re.compile(
    r"(?:买(?:了|的)?|花(?:了|费)?|价值|值|售价|原价|总价|总共|一共|办(?:了|的)?|学费|单价|市价|spent|paid|bought|worth|for|"
    r"price)[^。!?;\n]{0,8}$"
)
_PRICE_AFTER = re.compile(
    r"^[^。!?;\n,]{0,3}(?:的(?!赔|押|定|订|手续|费)|买|做的?|一(?:台|辆|部|晚|位|节|套|件|次|平)|couch|phone|laptop|car|sofa|bed|tv|watch)"
)
_QUOTED = re.compile(
    r"(?:报价|报(?:的|了|价是)?|说好|讲好|谈(?:好|的|妥|了)|说(?:的是|是|只要|的)?|标(?:价|的|着|签)?|写(?:着|的是|的)?|估(?:价|的|算)|预算|"
    r"原(?:价|来)|定价|合同|答应|起初|开始|事先|术前|本来|之前|一开始|quot\w+|estimat\w+|advertis\w+|agreed|listed|said|told|tag|"
    r"shelf|label)[^。!?;\n]{0,16}$"
)
_BILLED = re.compile(
    r"(?:结账|结算|变(?:成|了)?|收(?:了|我|费)?|账单|实际|最后|到头来|要(?:我|付|交)?|付(?:了)?|扣(?:了)?|扫(?:码|出)?|涨到|出来|成了|"
    r"刷(?:了)?|居然|竟然|却|后来|单子|bill\w*|charg\w+|invoice\w*|pay|paid|came to|rang up|total|register|now|became|"
    r"ended up)[^。!?;\n]{0,12}$"
)


_LOSS = re.compile(r"(?:损失|赔|退|扣|骗|亏|lost|loss|refund|compensat)[^。!?;\n]{0,8}$")
_AS_IF = re.compile(r"(?:像|跟|似|如同)[^,。!?\n]{0,4}欠[^,。!?\n]{0,6}$")
"""像欠她八百万: nobody owes that."""
_YEARS = re.compile(r"去年|今年|上个月|上次|原来的|last year")
_CHARGE = re.compile(
    r"(?:收|要|卖|标|每月|每年|一个月|一年|一(?:次|桶|瓶|支|把|份|碗|杯|张|件|套|台|斤|盒|包|条|只|双|晚|小时|节)|小时|年费|月费|套餐|"
    r"小保养|保养|洗车|停车|补胎|工时|运费|配送费|门票|for|costs?|charge\w*)[^。!?;\n]{0,6}$"
)
_CHARGED = re.compile(
    r"^\s?(?:块|元|多|的)?(?:钱|块)?(?:一个月|一次|一年|一小时|一桶|一瓶|一份|一碗|一杯|一张|一套|for (?:a|an|one|parking|the)|"
    r"a (?:month|year|day|bottle|cup))"
)


def priced(text: str) -> tuple[int, int] | None:
    """Where a charge is named with its amount: 停车两小时收四十."""
    for amount in amounts(text):
        if _CHARGE.search(text[max(0, amount.start - 12) : amount.start]) or _CHARGED.search(text[amount.end : amount.end + 16]):
            return amount.start, amount.end
    return None


def _billed(text: str, quote: Amount, amount: Amount) -> bool:
    """Whether the second amount is what was charged for the first; last year's price is no quote."""
    if _YEARS.search(text[max(0, quote.start - 12) : amount.start][:200]):
        return False
    return bool(_BILLED.search(text[quote.end : amount.start][-30:]))


@dataclass(frozen=True, slots=True)
class Stake:
    """How sure it is that the money at stake passes the limit (0–1), and the words."""

    weight: float
    span: tuple[int, int]
    above_quote: bool = False


def stakes(text: str, *, limit: float, share: float, money_back: bool) -> list[Stake]:
    """What the amounts of a text say of its stakes: over `limit`, or a bill above its quote by more than `share` of it.

    `money_back`: money is asked back or a good refused, so that the price of the thing itself is at stake.
    """
    found: list[Stake] = []
    said = amounts(text)
    quote: Amount | None = None
    for amount in said:
        before, after = text[max(0, amount.start - 24) : amount.start], text[amount.end : amount.end + 24]
        span = (amount.start, amount.end)
        if quote and amount.value > quote.value and _billed(text, quote, amount):
            over = amount.value - quote.value
            weight = 0.93 if over > limit else 0.72 if over > share * quote.value else 0.0
            if weight:
                found.append(Stake(weight, (quote.start, amount.end), above_quote=True))
            quote = None
            continue
        if _QUOTED.search(before) and not _LOSS.search(before):
            quote = amount
        if amount.value <= limit or _AS_IF.search(before):
            continue
        if _STAKE_BEFORE.search(before) or _STAKE_AFTER.search(after):
            found.append(Stake(0.88 if amount.sure else 0.7, span))
        elif _PRICE_BEFORE.search(before) or _PRICE_AFTER.search(after):
            found.append(Stake(0.62 if money_back else 0.3, span))
        elif amount.sure:
            found.append(Stake(0.6 if money_back else 0.4, span))
    return found
