"""Columns of a file of customers."""

from liuke.exchange.datasets.field import Dataset, Field, choices, words
from liuke.exchange.datasets.shared import CUSTOMER_NAME, CUSTOMER_NUMBER, OWNER, PHONE, PLATE, UNIT
from liuke.kernel.refusal import N_

KINDS = choices(
    person="个人 个人客户 私人 散客 person individual",
    organisation="企业 公司 单位 企业客户 单位客户 机构 organisation organization company",
)
GENDERS = choices(
    male="男 男性 先生 m male",
    female="女 女性 女士 小姐 f female",
)
CHANNELS = choices(
    phone="电话 手机 打电话 phone call",
    wechat="微信 企业微信 wechat",
    sms="短信 sms",
    email="邮件 电子邮件 邮箱 email mail",
    visit="上门 面谈 拜访 visit",
)
LEVELS = choices(
    high="高 high",
    mid="中 mid medium",
    low="低 low",
)

CUSTOMERS = Dataset(
    "customers",
    "客户",
    (
        Field("number", N_("客户编号"), "identifier", CUSTOMER_NUMBER.words, weak=words("编号 代码 id no number"), limit=64),
        Field("name", N_("姓名"), "name", CUSTOMER_NAME.words, weak=CUSTOMER_NAME.weak, limit=200),
        Field(
            "kind",
            N_("类别"),
            "choice",
            words("客户类别 客户性质 客户类型 性质 customertype"),
            weak=words("类别 类型 kind type"),
            choices=KINDS,
        ),
        Field("gender", N_("性别"), "choice", words("性别 gender sex"), weak=words("称呼"), choices=GENDERS),
        Field("birthday", N_("生日"), "birthday", words("生日 出生日期 出生年月 出生年月日 客户生日 birthday birthdate dateofbirth dob")),
        PHONE,
        Field("wechat", N_("微信"), "text", words("微信 微信号 微信id wechat wechatid weixin"), limit=64),
        Field(
            "address",
            N_("地址"),
            "text",
            words("地址 联系地址 住址 家庭住址 家庭地址 通讯地址 通信地址 详细地址 公司地址 address"),
            limit=300,
        ),
        Field("hobbies", N_("爱好"), "text", words("爱好 兴趣 兴趣爱好 hobbies hobby interests"), limit=300),
        Field("personality", N_("性格"), "text", words("性格 性格特点 personality"), limit=300),
        Field("family", N_("家庭情况"), "text", words("家庭情况 家庭 家庭成员 family"), limit=300),
        Field("occupation", N_("职业"), "text", words("职业 工作 职务 occupation job profession")),
        Field("income_band", N_("收入情况"), "text", words("收入情况 收入 年收入 月收入 收入水平 income incomeband"), limit=40),
        Field("education", N_("教育程度"), "text", words("教育程度 学历 文化程度 education"), limit=40),
        Field(
            "channel",
            N_("喜欢的联系方式"),
            "choice",
            words("喜欢的联系方式 沟通偏好 偏好渠道 联系偏好 沟通方式 channel preferredchannel"),
            choices=CHANNELS,
        ),
        Field("best_time", N_("方便的时间"), "text", words("方便的时间 方便联系时间 联系时间 方便时间 besttime"), limit=60),
        Field("avoid", N_("忌讳"), "text", words("忌讳 注意事项 avoid"), limit=200),
        Field("monthly_contacts", N_("每月联系次数上限"), "integer", words("每月联系次数上限 每月联系次数 monthlycontacts"), limit=31),
        Field("service_need", N_("服务需求等级"), "choice", words("服务需求等级 服务需求 serviceneed"), choices=LEVELS),
        Field("do_not_contact", N_("不要打扰"), "yes_no", words("不要打扰 免打扰 勿扰 拒绝营销 donotcontact optout")),
        Field(
            "credit_code",
            N_("统一社会信用代码"),
            "credit_code",
            words("统一社会信用代码 社会信用代码 信用代码 税号 纳税人识别号 creditcode uscc taxid taxno"),
            limit=18,
        ),
        Field("industry", N_("行业"), "text", words("行业 所属行业 industry"), limit=60),
        Field("size", N_("规模"), "text", words("规模 企业规模 公司规模 人员规模 size"), limit=40),
        Field("region", N_("地区"), "text", words("地区 区域 所在地区 省份 城市 省市 所在城市 region city province country"), limit=80),
        Field("early_adopter", N_("率先使用者"), "yes_no", words("率先使用者 尝鲜 earlyadopter")),
        Field("key_account", N_("大客户"), "yes_no", words("大客户 是否大客户 重点客户 keyaccount")),
        Field("tier", N_("会员等级"), "tier", words("会员等级 会员级别 会员类型 等级 级别 tier level memberlevel"), limit=20),
        UNIT,
        OWNER,
        Field("source", N_("来源"), "text", words("来源 客户来源 来源渠道 渠道 source leadsource"), limit=80),
        Field("remarks", N_("备注"), "lines", words("备注 说明 备注信息 客户备注 remarks remark notes note comment comments"), limit=5000),
        Field(
            "opened_on",
            N_("建档日期"),
            "date",
            words(
                "建档日期 建档时间 登记日期 注册日期 注册时间 入会日期 入会时间 开卡日期 创建日期 创建时间 openedon createdat "
                "createdon registeredon"
            ),
            past=True,
        ),
        Field("confirmed_on", N_("核实日期"), "date", words("核实日期 核对日期 confirmedon"), past=True),
        PLATE,
        Field("model", N_("车型"), "text", words("车型 车辆型号 车系 品牌车型 model carmodel vehicle"), limit=120),
        Field("model_year", N_("年款"), "integer", words("年款 出厂年份 modelyear"), limit=2100, least=1900),
        Field("mileage", N_("里程"), "integer", words("里程 里程数 行驶里程 公里数 mileage odometer"), limit=9_999_999),
        Field("acquired_on", N_("上牌日期"), "date", words("上牌日期 购车日期 提车日期 购买日期 acquiredon"), past=True),
    ),
    (("name", "number"),),
)
