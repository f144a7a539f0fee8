# ruff: noqa: E501 - lives told in tables, in which a Chinese character counts as two columns
"""The customers whom everybody at the Binjiang store knows by name: their lives are written by hand, told in days before the anchor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import accumulate
from random import Random

from liuke.demo.rows import AssetRow, ContactRow, ContractRow, EventRow, Life, Place, TalkRow, Temper, Visit
from liuke.kernel.birthday import Birthday
from liuke.kernel.clock import months_before
from liuke.kernel.credit_code import check_sign

SIYUAN, QIANWEN, DINGLEI = 0, 1, 2
AGENT = -1
MAJOR, MINOR, BRAKES, TYRES, AIR = "大保养", "小保养", "前刹车片", "更换轮胎两条", "空调清洗"
CLOUDREST = "91990001YUNQ10012"


def people(today: date, places: Sequence[Place]) -> list[Life]:
    """The known customers, all of the first store, with visits, contracts, events and contacts."""
    return [make(today) for make in (_zhang, _liu, _wang, _sun, _he, _zheng, _qian, _luo, _ge, _peng, _fleet)]


class _Teller:
    """Tells a life by days before the anchor."""

    def __init__(self, today: date, rep: int, name: str, phone: str, car: tuple[str, str, int, int], **card: object) -> None:
        self.today = today
        model, plate, age, mileage = car
        random = Random(f"known {name}")  # noqa: S311
        temper = Temper(90, 0.1, 1.0, 4.5, 0.1, 0.5, 1.15, 0.95)
        self.life = Life(random, 0, rep, "person", temper, today, fixed=True, card={"name": name, **card})
        self.life.phones = [f"+86{phone}"]
        bought = self.ago(365 * age - Random(f"bought {name}").randint(20, 320))  # noqa: S311
        self.life.assets = [AssetRow(model, plate, today.year - age, mileage, bought, None, 1.15, model.endswith("EV"))]

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def came(self, last: int, gaps: Sequence[int], bills: Sequence[Sequence[tuple[str, int]]]) -> None:
        """Visits, newest first: the last one so many days ago, then the gaps before it; `bills` (job, yuan), newest first."""
        days = list(accumulate([last, *gaps]))
        pairs = list(zip(days, bills, strict=True))
        for day, bill in reversed(pairs):
            self.life.visits.append(Visit(self.ago(day), 4.5, tuple((name, yuan * 100) for name, yuan in bill)))
        self.life.opened = self.ago(days[-1])

    def runs(
        self, kind: str, name: str, left: int, yuan: int = 0, years: int = 1, total: int | None = None, times: int | None = None
    ) -> None:
        """A contract with so many days left (negative: it ended)."""
        ends = self.today + timedelta(days=left)
        begins = months_before(ends + timedelta(days=1), 12 * years)
        asset = 0 if kind != "membership" else None
        self.life.contracts.append(ContractRow(kind, name, begins, ends, yuan * 100, asset, total, times))

    def said(self, days: int, kind: str, value: int | None = None, note: str = "", by: int | None = None) -> None:
        who = AGENT if kind == "satisfaction" or by == AGENT else self.life.rep or 0
        self.life.events.append(EventRow(kind, self.ago(days), value, note, who))

    def talked(self, days: int, at: str, way: str, outcome: str, text: str, by: int | None = None, outgoing: bool = True) -> None:
        who = self.life.rep or 0 if by is None else by
        answered = outcome != "not_reached"
        clock = time.fromisoformat(at)
        self.life.talks.append(TalkRow(self.ago(days), clock, way, outcome, text, who, outgoing, answered, not outgoing))

    def told(self) -> Life:
        self.life.events.sort(key=lambda event: event.on)
        self.life.talks.sort(key=lambda talk: (talk.on, talk.at))
        return self.life


def _zhang(today: date) -> Life:
    t = _Teller(
        today, SIYUAN, "张书远", "13800005678", ("北辰 7", "浙A7B23Q", 5, 68_240),
        gender="male", birth_year=today.year - 41, birth_month=9, birth_day=23, birth_lunar=True, wechat="wx_zhangsy",
        hobbies="钓鱼，常去千岛湖；越野", personality="干脆，不喜欢被催", family="太太李婷；儿子 8 岁，校队左边锋；父母在绍兴",
        occupation="软件公司合伙人", channel="wechat", best_time="上午 10 点到 11 点半", avoid="不要催。他说过：“别老打电话推销。”",
        monthly_contacts=2, source="李建平介绍", tier="gold", address="杭州市滨江区闻涛路 188 号 7 幢 1602 室", income_band="50 万以上",
        education="本科", confirmed_on=today - timedelta(days=98), extra={"drives_himself": True},
    )  # fmt: skip
    gaps = (65, 54, 60, 68, 59, 62, 57, 64, 60, 52, 66, 61, 55, 63, 58)
    t.came(212, gaps, (
        ((BRAKES, 2900), ("四轮定位", 380)), ((MAJOR, 2300), (AIR, 380)), ((MINOR, 860),), ((MINOR, 480),), ((MAJOR, 2260),), ((MINOR, 560),),
        (("更换蓄电池", 880),), ((MINOR, 620),), ((TYRES, 3980),), ((MINOR, 520),), ((MAJOR, 1680),), ((MINOR, 590),),
        (("钣金喷漆", 1460),), ((MINOR, 640),), ((MAJOR, 2180),), ((MINOR, 880), (AIR, 380)),
    ))  # fmt: skip
    for years in range(3):
        t.runs("insurance", "商业险", 21 - 365 * years, 4180 - 120 * years)
    t.runs("service_package", "五年保养套餐（10 次）", 700, 4180, 5, 10, 2)
    t.runs("membership", "金卡会员", 114)
    for days, score, words in (
        (1062, 5, "师傅讲得很清楚。"),
        (900, 5, ""),
        (676, 5, "取车很快，谢谢。"),
        (455, 5, ""),
        (329, 5, "旧件都给我看了，放心。"),
    ):
        t.said(days, "satisfaction", score, words)
    t.said(209, "satisfaction", 2, "等了两个小时，没人来说一声。")
    t.talked(208, "10:20", "phone", "reached", "为上次等太久道歉，他说“下次提前说一声就行”。", AGENT)
    t.talked(150, "10:45", "wechat", "reached", "到里程了，问要不要留工位，他说“过阵子”。")
    t.talked(96, "10:12", "phone", "reached", "问候，聊到儿子进了校队，没提保养。")
    t.talked(58, "10:30", "wechat", "not_reached", "发了冬季养护的照片，没回。")
    t.talked(26, "11:05", "phone", "not_reached", "没接。")
    born = Birthday(None, 9, 23, True)
    on = next(day for year in (0, 1, 2) if (day := born.in_year(today.year - year)) and day < today)
    t.talked((today - on).days, "09:06", "wechat", "reached", "生日祝福，他回“谢谢小陈，记得住。”")
    return t.told()


def _liu(today: date) -> Life:
    t = _Teller(
        today, SIYUAN, "刘建军", "13900013316", ("远山 S5", "浙A20K61", 6, 92_400), gender="male", birth_year=today.year - 48, birth_month=3,
        birth_day=14, occupation="装修包工", family="儿子上大学", personality="急性子，怕等", best_time="中午 12 点半", source="到店", hobbies="看球赛",
        confirmed_on=today - timedelta(days=40),
    )  # fmt: skip
    bills = (((BRAKES, 1180),), ((MINOR, 460),), ((MINOR, 420),), ((MAJOR, 1560),), ((MINOR, 440),), ((TYRES, 1280),), ((MINOR, 430),))
    t.came(8, (102, 118, 96, 131, 109, 121), bills)
    t.said(330, "satisfaction", 4, "整体不错。")
    t.said(1, "severe_complaint_opened", None, "刹车响，上周刚修过。", AGENT)
    t.talked(1, "17:50", "phone", "", "来电：“刹车响，上周刚修过。”很急，要今天有说法。", None, outgoing=False)
    t.runs("insurance", "商业险", 143, 3160)
    return t.told()


def _wang(today: date) -> Life:
    t = _Teller(
        today, SIYUAN, "王淑芬", "13600017702", ("青屿 M8", "浙A8F56T", 4, 51_800), gender="female", birth_year=today.year - 52, birth_month=11,
        birth_day=8, birth_lunar=True, occupation="会计", family="女儿学钢琴，外孙刚满月", hobbies="种花、爬山", personality="话不多，看重细节",
        channel="phone", best_time="下午 3 点后", tier="gold", source="老客户介绍", wechat="wx_wangsf", confirmed_on=today - timedelta(days=31),
    )  # fmt: skip
    gaps = (82, 77, 85, 79, 88, 74, 81, 80, 83, 78)
    bills = [((MINOR, 620 + 40 * n), (AIR, 320)) if n % 3 else ((MAJOR, 2180 + 60 * n),) for n in range(len(gaps) + 1)]
    t.came(31, gaps, bills)
    t.said(29, "satisfaction", 5, "前台还记得我的名字。")
    t.said(4, "advice_asked", None, "右前大灯进水，问几号到货。")
    t.talked(4, "15:20", "phone", "", "来电问右前大灯几号到货，答应周五 11 点前告诉她。", None, outgoing=False)
    t.runs("membership", "金卡会员", 201)
    t.runs("insurance", "商业险", 52, 4460)
    return t.told()


def _sun(today: date) -> Life:
    t = _Teller(
        today, SIYUAN, "孙浩", "13700008840", ("骏驰 GT", "浙A0S77G", 3, 40_100), gender="male", birth_year=today.year - 37, occupation="设计师",
        hobbies="骑车、摄影", personality="讲究，认老师傅", tier="platinum", channel="wechat", wechat="wx_sunhao", source="车展", early_adopter=True,
    )  # fmt: skip
    bills = [((MAJOR, 3380 - 90 * n),) if n % 2 else ((MINOR, 960), (AIR, 420)) for n in range(9)]
    t.came(86, (92, 88, 95, 90, 86, 97, 91, 89), bills)
    t.said(84, "satisfaction", 3, "等了 70 分钟，看不到进度。")
    t.said(268, "satisfaction", 4, "")
    t.talked(1, "16:10", "wechat", "", "约明天 14:30 做保养，要王师傅。", None, outgoing=False)
    t.runs("membership", "白金会员", 240)
    t.runs("insurance", "商业险", 190, 6820)
    return t.told()


def _he(today: date) -> Life:
    t = _Teller(
        today, SIYUAN, "何美玲", "13500012259", ("北辰 7", "浙A31M5H", 4, 88_600), gender="female", birth_year=today.year - 44, birth_month=6,
        birth_day=19, occupation="开饭馆", family="先生也开车", hobbies="做饭", best_time="下午 3 点后", channel="wechat", wechat="wx_hemeiling",
        tier="platinum", source="老客户介绍", confirmed_on=today - timedelta(days=53),
    )  # fmt: skip
    gaps = (44, 41, 46, 40, 43, 45, 38, 44, 47, 42, 41, 45, 43)
    bills = [((MAJOR, 2480),) if n % 4 == 1 else ((MINOR, 640), ("雨刮和玻璃水", 180)) for n in range(len(gaps) + 1)]
    t.came(34, gaps, bills)
    t.said(560, "package_bought", None, "三年保养套餐")
    t.said(33, "satisfaction", 5, "周末也有人接待，挺好。")
    t.said(120, "referral_came", None, "介绍妹妹来做保养。")
    t.runs("service_package", "三年保养套餐（6 次）", 535, 2680, 3, 6, 1)
    t.runs("membership", "白金会员", 88)
    t.runs("insurance", "商业险", 266, 4980)
    return t.told()


def _zheng(today: date) -> Life:
    t = _Teller(
        today, SIYUAN, "郑海涛", "18600004471", ("远山 S7", "浙A66D18", 7, 131_000), gender="male", birth_year=today.year - 39, occupation="销售",
        personality="谨慎，要看明细再定", hobbies="自驾游", tier="silver", source="线上预约", channel="phone", best_time="晚上 7 点后",
    )  # fmt: skip
    yuan = (380, 780, 1420, 1480, 1560, 1240, 1680)
    jobs = (MINOR, "更换蓄电池", MAJOR, BRAKES, MAJOR, TYRES, MAJOR)
    t.came(70, (72, 66, 64, 70, 83, 91), [((job, amount),) for job, amount in zip(jobs, yuan, strict=True)])
    t.said(60, "price_asked", None, "问过外面的轮胎价，说便宜两百。")
    t.said(19, "price_asked", None, "又问轮胎，要总价。")
    t.said(68, "satisfaction", 4, "价格能再实在一点就好。")
    t.talked(19, "19:20", "phone", "reached", "问轮胎总价，发了报价，说再比一比。")
    t.runs("membership", "银卡会员", 150)
    return t.told()


def _qian(today: date) -> Life:
    t = _Teller(
        today, SIYUAN, "钱雨薇", "15900016638", ("青屿 EV", "浙AD50817", 1, 16_300), gender="female", birth_year=today.year - 31, birth_month=8,
        birth_day=2, occupation="护士", hobbies="看展、露营", tier="silver", channel="wechat", wechat="wx_yuwei", source="转介绍",
    )  # fmt: skip
    t.came(118, (96, 124), ((("四轮定位", 340), ("钣金喷漆", 2860)), (("空调清洗", 320), ("三电检测", 280)), (("钣金喷漆", 3240),)))
    t.said(118, "tier_raised", None, "升为银卡")
    t.said(20, "need_recorded", None, "想知道冬天续航掉多少，要不要换轮胎。")
    t.runs("membership", "银卡会员", 247)
    return t.told()


def _luo(today: date) -> Life:
    t = _Teller(
        today, SIYUAN, "罗志强", "13700002041", ("青屿 EV", "浙AD08152", 4, 97_500), gender="male", birth_year=today.year - 46, birth_month=1,
        birth_day=11, occupation="开建材店", family="女儿今年高考", hobbies="喝茶", best_time="只接下午的电话", remarks="周三休息。", tier="gold",
        source="到店", personality="干脆，不喜欢被催", confirmed_on=today - timedelta(days=142),
    )  # fmt: skip
    gaps = (52, 49, 54, 50, 51, 47, 53, 51, 55, 48, 52, 50, 51)
    bills = [
        (("制动液和冷却液更换", 960), ("钣金喷漆", 900 + 70 * n)) if n % 2 else (("三电检测", 360), (TYRES, 890))
        for n in range(len(gaps) + 1)
    ]
    t.came(143, gaps, bills)
    t.said(195, "satisfaction", 5, "讲得清楚。")
    t.said(142, "satisfaction", 2, "没人告诉我要等多久。")
    t.talked(140, "15:10", "phone", "reached", "回访致歉，他说“下次看”。", AGENT)
    t.talked(31, "14:40", "phone", "not_reached", "没接。")
    t.runs("insurance", "商业险", 79, 5260)
    t.runs("service_package", "机油套餐（4 次）", 410, 1499, 2, 4, 1)
    t.runs("membership", "金卡会员", 96)
    return t.told()


def _ge(today: date) -> Life:
    t = _Teller(
        today, QIANWEN, "葛建华", "13300011207", ("骏驰 X", "浙A5H90W", 5, 120_300), gender="male", birth_year=today.year - 55, occupation="开饭馆",
        hobbies="下象棋", tier="platinum", source="老客户介绍",
    )  # fmt: skip
    bills = [((MAJOR, 3460),) if n % 2 else ((MINOR, 980), (BRAKES, 1580)) for n in range(11)]
    t.came(131, (46, 44, 48, 45, 43, 47, 44, 46, 45, 44), bills)
    t.runs("membership", "白金会员", 33)
    return t.told()


def _peng(today: date) -> Life:
    t = _Teller(
        today, DINGLEI, "彭玉兰", "13400009925", ("北辰 5", "浙A17P3E", 6, 74_200), gender="female", birth_year=today.year - 49, occupation="教师",
        family="孩子在外地读书", hobbies="爬山", tier="gold", source="社区活动", channel="phone", best_time="下午 3 点后",
    )  # fmt: skip
    bills = [((MAJOR, 2260),) if n % 2 else ((MINOR, 720), (AIR, 360)) for n in range(10)]
    t.came(166, (61, 58, 63, 60, 57, 62, 59, 64, 60), bills)
    t.runs("membership", "金卡会员", -18)
    t.talked(44, "15:30", "phone", "later", "在上课，约了下周。")
    return t.told()


def _fleet(today: date) -> Life:
    t = _Teller(
        today, SIYUAN, "杭州云栖物流", "13800017719", ("青屿 M8", "浙A6L01C", 3, 182_000), industry="物流", size="100–499 人", region="杭州市滨江区",
        credit_code=CLOUDREST + check_sign(CLOUDREST), key_account=True, extra={"fleet_size": 12}, source="老客户介绍", channel="phone",
        remarks="12 台车，周一到周四白天不能进店。", confirmed_on=today - timedelta(days=25),
    )  # fmt: skip
    life, random = t.life, t.life.random
    life.kind = "organisation"
    life.contacts = [
        ContactRow("沈国梁", "车队主管", "+8613900004408", "说话算数的是他，排期要提前一周给"),
        ContactRow("许燕", "财务", "+8618100013350", "月底对账"),
    ]
    for n in range(2, 13):
        mileage = random.randint(60_000, 210_000)
        life.assets.append(AssetRow("青屿 M8", f"浙A6L{n:02d}C", today.year - 1 - n % 4, mileage, t.ago(365 * (1 + n % 4)), None, 1.45))
    gaps = [random.randint(15, 21) for _ in range(58)]
    days = list(accumulate([10, *gaps]))
    bills = [((MAJOR, random.randrange(2200, 4100, 20)), (TYRES, random.randrange(900, 1500, 20))) for _ in days]
    t.came(10, gaps, [bill if day < 365 else (*bill, ("钣金喷漆", 980)) for day, bill in zip(days, bills, strict=True)])
    t.runs("service_package", "12 台车保养合约（60 次）", 28, 86_400, 1, 60, 4)
    t.runs("insurance", "商业险（12 台）", 28, 61_200)
    t.said(300, "satisfaction", 5, "排期准，司机不用等。")
    t.said(75, "rival_seen", None, "有家连锁店来谈过包年。")
    t.talked(12, "09:40", "phone", "reached", "沈经理说明年的保养排期要早点给。")
    return t.told()
