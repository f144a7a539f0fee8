"""The complaints of the demo in words: those that are over, and those on the desks today."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ended:
    """One that is over. `person`: whom it was about, "agent", "owner" or nobody."""

    days_ago: int
    title: str
    text: str
    cause: str
    root: str
    decision: str
    why: str
    agreed: str
    channel: str = "telephone"
    severity: str = "ordinary"
    behaviour: str = "passive_complaining"
    purpose: str = "criticism"
    product: str = ""
    department: str = "售后"
    cents: int = 0
    said: str = "这次还行"
    person: str = ""
    home: bool = False
    late: bool = False
    again: bool = False


@dataclass(frozen=True)
class Story:
    """One on a desk. `hours` ago it came in; None: its time is nearly up (`late`: over).
    offers: (what, in days, cents, why it can be done)."""

    stage: str
    title: str
    text: str
    hours: float | None = None
    channel: str = "telephone"
    severity: str = "ordinary"
    product: str = ""
    department: str = ""
    cause: str = "service"
    behaviour: str = "angry_venting"
    purpose: str = "criticism"
    customer: str = ""
    home: bool = True
    desk: int = 0
    late: bool = False
    public: bool = False
    name: str = ""
    contact: str = ""
    offers: tuple[tuple[str, int, int, str], ...] = ()


LINES = {
    "answered": "听了 14 分钟，没打断",
    "evidence": "电话录音存了，店里监控让保安留着别覆盖。",
    "pause": "等他把上次的结算单拍照发来",
    "waits": "他说单子在家里，晚上回去找",
    "asked": "来电问进度，说再响就换车",
}

VALVE = "阀体"

ENDED = (
    Ended(
        82,
        "变速箱换挡顿挫，换过油还一样",
        "变速箱一换挡就顿一下，上个月你们给换了油，说好了，开两天又一样。能不能查清楚到底什么毛病？",
        "product_quality",
        "同批次阀体磨损，换油治不了",
        "improve",
        "两个月里第 1 例，先通知配件部留意这一批",
        "换阀体总成，免工时费",
        product=VALVE,
        cents=86_000,
        said="换了阀体就不顿了",
        home=True,
    ),
    Ended(
        41,
        "变速箱低速异响，来回三趟",
        "低速的时候变速箱嗡嗡响，跑了三趟，每次都说没问题，回去还响。你们到底会不会修！别人家一听就听出来了。",
        "product_quality",
        "同批次阀体，第 2 例；前两次没有路试，听不出来",
        "improve",
        "同一批阀体第 2 例，要求异响一律带客户路试",
        "换阀体总成，期间给代步车",
        product=VALVE,
        behaviour="angry_venting",
        cents=112_000,
        said="响没有了，早这样就好",
        home=True,
        again=True,
    ),
    Ended(
        88,
        "等了两个小时没人管",
        "约的十点，我到了店里站了半小时没人理，一共等了两个多小时，问谁都说快了快了。",
        "service",
        "当天两个接待请假，预约没有分流",
        "improve",
        "预约满了要提前一天打电话改约",
        "下次保养留工位，到店就做",
        person="owner",
        channel="on_site",
        behaviour="angry_venting",
        department="客服",
        said="上次去是不用等了",
        home=True,
    ),
    Ended(
        79,
        "结账比报价多了三百",
        "说好八百八，结账变成一千一百八，多出来的什么检测费，事先没人跟我讲过。你们这不是骗人吗？",
        "integrity",
        "检测费没写进报价单",
        "improve",
        "报价单加一栏“可能另收”，不写不收",
        "退回检测费 300 元",
        cents=30_000,
        purpose="accusation",
        person="owner",
        home=True,
        behaviour="angry_venting",
        said="钱退了，单子也改了",
    ),
    Ended(
        73,
        "洗车把漆面划了",
        "取车的时候发现右后门一道划痕，来的时候没有的，你们洗车的时候弄的吧。",
        "product_quality",
        "洗车海绵没换，夹了沙",
        "improve",
        "洗车海绵每天换，交车前绕车看一遍",
        "抛光修复，送一次打蜡",
        cents=18_000,
        channel="on_site",
        said="修得看不出来",
    ),
    Ended(
        66,
        "空调修了还是不凉",
        "空调修完第三天又不凉了，大热天的带着孩子，你们修东西就这么糊弄？",
        "product_quality",
        "只加了氟，没查漏点",
        "improve",
        "空调不凉先做保压，再加氟",
        "重新检漏，换蒸发箱密封圈",
        cents=42_000,
        behaviour="angry_venting",
        late=True,
        product="空调",
    ),
    Ended(
        60,
        "保养价格比隔壁贵",
        "同样的小保养，隔壁店三百八，你们四百六，凭什么贵这么多？",
        "price",
        "机油型号不同，当时没有说明",
        "none",
        "价格本身没错，已经把机油差别写进报价单",
        "说明机油差别，本次按会员价",
        cents=5_000,
        purpose="criticism",
        said="说清楚了就行",
    ),
    Ended(
        55,
        "刹车异响说没事，高速上失灵",
        "刹车一直有响声，你们检查说没事。昨天高速上踩下去软的，差点追尾！我老婆孩子都在车上，这事你们必须给个说法。",
        "product_quality",
        "刹车油管老化渗漏，检查时没有举升",
        "improve",
        "刹车异响一律举升检查，照片存档",
        "换刹车油管和刹车油，免费，另给一年道路救援",
        severity="severe",
        behaviour="angry_venting",
        purpose="accusation",
        cents=98_000,
        product="刹车",
        said="总算重视了",
    ),
    Ended(
        49,
        "我的电话被卖给保险了",
        "上周刚在你们这里修完车，这几天天天有人打电话推保险，连我车牌都知道。你们把我信息给谁了？",
        "integrity",
        "续保名单给了合作公司，没有问过客户",
        "improve",
        "名单对外一律先看同意记录",
        "停止对外提供，书面道歉",
        severity="severe",
        purpose="accusation",
        behaviour="negative_publicity",
        department="销售",
        said="电话是没有了",
    ),
    Ended(
        37,
        "建议给等候区加儿童椅",
        "你们休息区挺好，就是小孩没地方坐，建议加两把儿童椅，再放点绘本。",
        "service",
        "等候区没有儿童座",
        "improve",
        "下月各店休息区加儿童椅",
        "下月加两把儿童椅",
        purpose="suggestion",
        channel="email",
        department="客服",
        said="看到了，谢谢",
    ),
    Ended(
        33,
        "配件等了二十天",
        "一个大灯说好一周到，等了二十天，打电话问就说在路上。我晚上都不敢开车。",
        "service",
        "订错了型号，重订没有告诉客户",
        "improve",
        "配件改期当天要打电话",
        "加急调货，期间给代步车",
        cents=60_000,
        behaviour="angry_venting",
        late=True,
        person="owner",
        product="大灯",
    ),
    Ended(
        27,
        "前台态度差",
        "我问一下进度，前台那个小姑娘头都不抬，说自己看屏幕。花钱还要受气。",
        "service",
        "新来的前台没有带教",
        "improve",
        "新人两周内有人带",
        "前台当面道歉",
        channel="on_site",
        department="客服",
        person="agent",
        said="道歉了，算了",
    ),
    Ended(
        21,
        "补漆有色差",
        "补的漆跟原来不是一个颜色，太阳下面一看就看出来了，丑死了。",
        "product_quality",
        "调漆没有对样板",
        "none",
        "个别师傅，已经返工并单独指出",
        "返工重喷，三天交车",
        cents=35_000,
        product="喷漆",
        said="这回对了",
    ),
    Ended(
        17,
        "发票拖了一个月",
        "发票说寄给我，催了三次，一个月了还没收到，公司报销都过期了。",
        "service",
        "寄错了地址，没有人跟",
        "improve",
        "寄出的发票写单号，发给客户",
        "当天补开电子发票",
        channel="email",
        department="财务",
        said="收到了",
    ),
    Ended(
        13,
        "轮胎换了三个月就鼓包",
        "在你们这里换的轮胎，三个月鼓包了，你们说是我自己撞的，我根本没撞过。",
        "product_quality",
        "同批次轮胎有两例鼓包",
        "improve",
        "这一批轮胎停售，报厂家",
        "免费换同型号新胎",
        cents=68_000,
        purpose="accusation",
        product="轮胎",
        said="换了新的，可以",
    ),
)
