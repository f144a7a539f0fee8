"""One spelling for addresses and company names, so that they can be compared. Pure: no Django, no clock, no input or output."""

from __future__ import annotations

import re
import unicodedata

_PROVINCES = (
    "内蒙古 黑龙江 北京 天津 上海 重庆 河北 山西 辽宁 吉林 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 "
    "青海 台湾 广西 西藏 宁夏 新疆 香港 澳门"
).split()
_CITIES = (
    "石家庄 秦皇岛 哈尔滨 呼和浩特 乌鲁木齐 沈阳 大连 长春 太原 南京 苏州 无锡 常州 徐州 南通 扬州 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 台州 "
    "合肥 福州 厦门 泉州 南昌 济南 青岛 烟台 潍坊 郑州 洛阳 武汉 长沙 广州 深圳 东莞 佛山 珠海 中山 惠州 南宁 桂林 海口 三亚 成都 绵阳 "
    "贵阳 昆明 拉萨 西安 兰州 西宁 银川 唐山 保定 北京 天津 上海 重庆"
).split()
_PROVINCE = re.compile(f"^(?:中国)?({'|'.join(_PROVINCES)})(?:特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|省|市)?")
_CITY = re.compile(f"^(?:市辖区)?(?:({'|'.join(_CITIES)})市?|([\u4e00-\u9fff]{{2,4}})市)")
_DISTRICT = re.compile("^([\u4e00-\u9fff]{2,4}?)(?:新区|区|县)(?![\u4e00-\u9fff]{0,3}(?:路|街|道)口)")
_FIGURES = str.maketrans("〇零一二三四五六七八九", "00123456789")
_COUNTED = re.compile("[〇零一二三四五六七八九]+(?=号|幢|栋|座|单元|室|楼|层)")
_PARTS = re.compile("号楼|号院|号|幢|栋|座|单元|楼|层|室|户|房|弄|#")
_NOISE = re.compile(r"[^\w\u4e00-\u9fff-]|_")
_DASHES = re.compile("[-‐‑‒–—―－~～至]+")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_LEGAL = re.compile("(?:股份有限公司|有限责任公司|有限公司|集团公司|总公司|分公司|集团|公司|有限合伙|合伙企业|个体工商户)")


def plain(text: str) -> str:
    """Full-width and upper case made plain, blanks gone: "ＡＢ 路" → "ab路"."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def address_key(address: str) -> str:
    """An address in one spelling: 浙江省杭州市滨江区江南大道２８８号1幢2单元301室 and 杭州滨江江南大道288-1-2-301 are the same.

    "" where it names no house: a street or a town alone is nobody's address.
    """
    text = plain(address)
    rest = _PROVINCE.sub("", text, count=1)
    head = ""
    if found := _CITY.match(rest):
        head, rest = found[1] or found[2], rest[found.end() :]
    elif found := _PROVINCE.match(text):
        head = found[1] if found[1] in _CITIES else ""
    if found := _DISTRICT.match(rest):
        rest = found[1] + rest[found.end() :]
    rest = _COUNTED.sub(lambda figures: figures[0].translate(_FIGURES), rest)
    rest = _DASHES.sub("-", _PARTS.sub("-", rest))
    key = head + _DASHES.sub("-", _NOISE.sub("", rest)).strip("-")
    return key if any(sign.isdigit() for sign in key) else ""


def company_core(name: str) -> tuple[str, frozenset[str]]:
    """(what tells a company from others, the towns its name names): 杭州启程汽车服务有限公司 → ("启程汽车服务", {"杭州"})."""
    text = plain(name)
    places: set[str] = set()
    for inside in _BRACKETS.findall(text):
        places.update(_places(inside))
    text = _LEGAL.sub("", _BRACKETS.sub("", text))
    while True:
        found = _PROVINCE.match(text) or _CITY.match(text)
        if not found or len(text) - found.end() < 2:
            break
        place = next(part for part in found.groups() if part)
        if place not in _PROVINCES or place in _CITIES:  # a province tells nobody from a company of one of its towns
            places.add(place)
        text = text[found.end() :]
    return _NOISE.sub("", text), frozenset(places)


def _places(text: str) -> list[str]:
    return [place for place in _CITIES if place in text]


def sound_of(sort_key: str, name: str) -> str:
    """The syllables of a name from its sort key (kernel.pinyin.sort_key): "zhang san 张三" → "zhang san"."""
    return " ".join(sort_key.split(" ")[: -max(len(name.split()), 1)])
