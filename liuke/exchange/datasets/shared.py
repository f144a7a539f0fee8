"""Fields that several kinds of file share: who the customer is, which store, which member of staff."""

from liuke.exchange.datasets.field import Field, words
from liuke.kernel.refusal import N_

CUSTOMER_NUMBER = Field(
    "customer_number",
    N_("客户编号"),
    "identifier",
    words(
        "客户编号 客户号 客户代码 客户编码 客户id 客户卡号 会员编号 会员号 会员卡号 会员id 会员代码 档案号 customerno "
        "customernumber customerid customercode custid custno clientid clientno memberid memberno"
    ),
    limit=64,
)
CUSTOMER_NAME = Field(
    "customer_name",
    N_("客户姓名"),
    "name",
    words(
        "姓名 客户姓名 客户名称 客户名 会员姓名 会员名称 车主 车主姓名 公司名称 单位名称 企业名称 customername "
        "clientname membername fullname"
    ),
    weak=words("客户 会员 名称 顾客 name customer client"),
    limit=200,
)
PHONE = Field(
    "phone",
    N_("电话"),
    "phone",
    words(
        "手机 手机号 手机号码 移动电话 电话 电话号码 联系电话 客户电话 客户手机 会员手机 联系方式 联系手机 车主电话 "
        "车主手机 固定电话 固话 座机 家庭电话 办公电话 备用电话 其他电话 第二电话 电话1 电话2 电话3 手机1 手机2 手机3 "
        "phone phonenumber phoneno mobile mobilephone mobilenumber cell cellphone tel telephone contactnumber"
    ),
    limit=200,
    several=True,
)
PLATE = Field("plate", N_("车牌"), "plate", words("车牌 车牌号 车牌号码 牌照 牌照号 车号 plate plateno platenumber licenseplate"), limit=40)
UNIT = Field(
    "unit",
    N_("门店"),
    "text",
    words("门店 门店名称 所属门店 店名 分店 店铺 单位 所属单位 网点 服务店 store storename shop branch unit outlet"),
    weak=words("店"),
    limit=80,
)
STAFF_WORDS = words(
    "业务员 经手人 负责人 客户经理 销售顾问 服务顾问 销售员 销售人员 销售 顾问 导购 跟进人 员工 接待 接待人 owner "
    "staff salesperson salesrep sales employee consultant advisor rep"
)
STAFF = Field("staff", N_("经手人"), "text", STAFF_WORDS, limit=80)
OWNER = Field("owner", N_("业务员"), "text", STAFF_WORDS, limit=80)
WHO = ("customer_number", "customer_name", "phone", "plate")
