"""The page's own rules and examples, and what turns a word into its opposite."""

import pytest

from liuke.analytics.complaint_words import Limits, classify


def needs(text):
    said = classify(text)
    return {each.value for each in said.emotional}, {each.value for each in said.rational}


@pytest.mark.parametrize(
    ("text", "emotional", "rational"),
    [
        ("I came to the shop and nobody took notice", {"welcomed"}, set()),
        ("I talked to the adviser and she did not listen at all", {"heard"}, set()),
        ("fix this car at once, and if you can't, replace it", set(), {"solved", "action"}),
        ("you must pay me 500 yuan", set(), {"compensation"}),
        ("your adviser says it is not your fault, that I got it wrong", {"understood"}, set()),
        ("我到店里来，没有一个人理我", {"welcomed"}, set()),
        ("我跟你们顾问说了，她根本不听", {"heard"}, set()),
        ("马上把车修好，修不好就换一辆", set(), {"solved", "action"}),
        ("你们必须赔我五百块", set(), {"compensation"}),
        ("你们顾问说不是你们的错，是我自己弄错了", {"understood"}, set()),
        ("把钱退给我", set(), {"compensation"}),
        ("这个月的管理费给我免了", set(), {"compensation"}),
        ("给我换一台新的", set(), {"solved"}),
        ("我要一句道歉", {"respected"}, set()),
        ("请给我一份书面说明", set(), {"action"}),
        ("Please refund the 80 euros.", set(), {"compensation"}),
        ("An apology would be enough for me.", {"respected"}, set()),
        ("I want it in writing why my claim was turned down.", set(), {"action"}),
    ],
)
def test_needs_of_the_page(text, emotional, rational):
    assert needs(text) == (emotional, rational)


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("刹车失灵了", "severe"),
        ("孩子吃了你们的面包拉肚子", "severe"),
        ("空调第三次坏了", "severe"),
        ("多收了我1500", "severe"),
        ("多收了我一千五", "severe"),
        ("多收了我１５００元", "severe"),
        ("多收了我15块", "ordinary"),
        ("报价400，结账收了600", "severe"),
        ("我要把这事发到抖音上", "severe"),
        ("我已经向法院起诉了", "severe"),
        ("你们再不退，我就去12315", "severe"),
        ("气死我了！什么破店！！", "ordinary"),
        ("空调不太凉", "ordinary"),
        ("打了十八个电话才有人接", "ordinary"),
        ("新买的车没有漏电，也没有人受伤，就是颜色不对", "ordinary"),
        ("The brakes failed twice on the motorway.", "severe"),
        ("It is the third time the pump has failed.", "severe"),
        ("This is the third time I have called you.", "ordinary"),
    ],
)
def test_severity_is_by_harm_and_stakes(text, severity):
    assert classify(text).severity.value == severity


def test_what_is_known_beside_the_text():
    text = "多收了我的钱"
    assert classify(text).severity.value == "ordinary"
    assert classify(text, amount_cents=100_000).severity.value == "ordinary"
    assert classify(text, amount_cents=100_001).severity.value == "severe"
    assert classify(text, amount_cents=20_000, deal_cents=100_000).severity.value == "ordinary"
    assert classify(text, amount_cents=20_001, deal_cents=100_000).severity.value == "severe"
    assert classify(text, repeats=1).severity.value == "ordinary"
    assert classify(text, repeats=2).severity.value == "severe"
    assert classify("多收了我300元").severity.value == "ordinary"
    assert classify("多收了我300元", limits=Limits(cents=20_000)).severity.value == "severe"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("衣服洗一次就缩水了", "product_quality"),
        ("店员态度很差，说两句就不耐烦", "service"),
        ("等了两个小时还没轮到", "service"),
        ("说好周三交车，周六了还没消息", "service"),
        ("洗个车要一百二，太贵了", "price"),
        ("报价单写800，结账要我付1200", "integrity"),
        ("你们把我的手机号卖给了别人", "integrity"),
        ("到处是隐形收费", "integrity"),
    ],
)
def test_cause(text, cause):
    assert classify(text).cause.value == cause


def test_further_causes_stand_beside_the_main_one():
    said = classify("空调买来三天就坏了，压缩机裂了，外壳生锈，还漏水。打售后电话没人接。")
    assert said.cause.value == "product_quality"
    assert [other.value for other in said.others] == ["service"]
    assert [word.text for word in said.others[0].words] == ["售后", "没人接"]


@pytest.mark.parametrize(
    ("text", "behaviour"),
    [
        ("空调不太凉，有空来看看", "passive_complaining"),
        ("我跟邻居都说了，叫他们别来你们家", "negative_publicity"),
        ("再不处理我就发到网上去", "negative_publicity"),
        ("你们这帮废物，滚！", "angry_venting"),
        ("真行啊你们，洗件衣服洗出两个洞，技术了得", "angry_venting"),
        ("Great job, guys, you lost my luggage twice. Bravo.", "angry_venting"),
        ("你信不信我把你们店砸了", "extreme"),
        ("再不退钱我就从你们楼上跳下去", "extreme"),
        ("我刚才把你们前台的电脑砸了", "extreme"),
        ("我要把这事发网上，再带人砸了你们店，一群骗子！", "extreme"),
        ("你们保安推我妈，还打了人", "passive_complaining"),
        ("快递员把箱子砸了，里面的碗全碎了", "passive_complaining"),
    ],
)
def test_behaviour_is_the_strongest_that_fits(text, behaviour):
    assert classify(text).behaviour.value == behaviour


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        ("建议在门口放个指示牌", "suggestion"),
        ("能不能把营业时间延长到九点？", "suggestion"),
        ("等了半天，服务太慢了", "criticism"),
        ("空调坏了，麻烦派人来修一下", "criticism"),
        ("是你们的责任，三天之内必须给我赔", "accusation"),
        ("今天六点前不处理，我就投诉", "accusation"),
        ("Have you considered a bench outside?", "suggestion"),
        ("Refund me within 48 hours or I will see you in court.", "accusation"),
    ],
)
def test_purpose(text, purpose):
    assert classify(text).purpose.value == purpose


def test_what_is_denied_does_not_speak():
    assert needs("不是要你们赔钱，就想听一句道歉") == ({"respected"}, set())
    assert needs("I don't want your money, I want an apology.") == ({"respected"}, set())
    said = classify("我也不想投诉到12315，能好好解决就行")
    assert (said.severity.value, said.purpose.value) == ("ordinary", "criticism")
    assert classify("我不想打人，也不会砸你们的店").behaviour.value == "passive_complaining"


def test_staff_speech_is_not_the_customers_own():
    text = "店长说：“有本事你去12315告我们，去法院啊。”"
    said = classify(text)
    assert (said.severity.value, said.purpose.value) == ("ordinary", "criticism")
    assert classify("我说：“再不处理，我就去12315。”").severity.value == "severe"


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("喂，你好，我昨天在你们那儿做的保养", "telephone"),
        ("尊敬的客服：附件是照片。此致敬礼", "email"),
        ("我现在就站在你们柜台前面", "on_site"),
        ("微信上给你们客服留过言", "other"),
        ("12315转来的工单", "other"),
        ("Dear Sir or Madam, please find attached the invoice.", "email"),
    ],
)
def test_channel(text, channel):
    assert classify(text).channel.value == channel


def test_a_channel_nothing_speaks_for_is_a_guess_and_says_so():
    said = classify("空调不凉").channel
    assert (said.value, said.words) == ("telephone", ())
    assert said.confidence < 0.5


@pytest.mark.parametrize(
    ("text", "axis", "value"),
    [
        ("这周又响了，第三次了", "severity", "severe"),
        ("水泵坏了又修，算上这次前后四回了", "severity", "severe"),
        ("洗碗机送修三趟，拿回来照样不转", "severity", "severe"),
        ("报价1280，结账1960", "severity", "severe"),
        ("报价1280，结账1960", "cause", "integrity"),
        ("1960年的老房子，水管有点锈", "severity", "ordinary"),
        ("刹车片换了又响，打电话没人理", "cause", "product_quality"),
        ("服务态度还不错，就是菜咸", "cause", "product_quality"),
        ("The staff were friendly but the soup was cold.", "cause", "product_quality"),
        ("说好十点来量尺，下午两点才到", "cause", "service"),
        ("我的号码谁给推销的", "cause", "integrity"),
        ("麻烦给我换一台", "purpose", "criticism"),
        ("打前台电话一直占线", "behaviour", "passive_complaining"),
        ("真是太好了，新装的地板一踩一个坑", "behaviour", "angry_venting"),
        ("服务真周到，排了三小时队最后告诉我下班了", "behaviour", "angry_venting"),
        ("高，实在是高，一瓶矿泉水敢卖三十五", "behaviour", "angry_venting"),
        ("店员真热情，不过鞋底三天就开了", "behaviour", "passive_complaining"),
        ("要是能早点送来就太好了", "behaviour", "passive_complaining"),
        ("空调修了两回，这是第三回不制冷了", "severity", "severe"),
        ("打印机都三次了，还是不出纸", "severity", "severe"),
        ("吸尘器修过两趟，第三趟又不转", "severity", "severe"),
        ("空调修了两回，还是不制冷", "severity", "ordinary"),
        ("我第三回来保养，洗车没洗干净", "severity", "ordinary"),
        ("车漆起泡了，换个门板就行，别的我也不追究", "severity", "ordinary"),
        ("手背烫起泡了", "severity", "severe"),
        ("打不着火，来搭个电", "severity", "ordinary"),
    ],
)
def test_kinds_of_rule(text, axis, value):
    assert getattr(classify(text), axis).value == value


def test_respect_is_not_missed_where_nothing_hurt_it():
    assert needs("没有打人也没有骂人，就是动作慢") == (set(), set())
    assert needs("服务态度还不错，就是菜咸") == (set(), set())


def test_who_did_it_is_to_be_found_and_dealt_with():
    assert needs("查清是谁泄露并处理他") == (set(), {"action", "person_responsible"})


def test_what_nothing_spoke_for_shows_no_words():
    said = classify("空调不凉")
    found = [(each.value, each.words) for each in (said.severity, said.behaviour, said.purpose)]
    assert found == [("ordinary", ()), ("passive_complaining", ()), ("criticism", ())]
    assert classify("多收了我的钱", amount_cents=100_001).severity.confidence > 0.6
