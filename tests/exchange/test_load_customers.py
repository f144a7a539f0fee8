from datetime import date

import pytest

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer, FactChange, FieldChange, Phone
from liuke.deals.models import Asset, Contract, Deal
from liuke.exchange import actions
from liuke.exchange.models import Load, LoadRow
from liuke.exchange.report import Options, sentence
from liuke.interactions.models import Interaction
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.privacy.erasing import erase
from liuke.vault.digests import digest
from tests.cast import assemble, card
from tests.exchange import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def load(tmp_path):
    def run(body, actor=None, dataset="customers", options=None, mapping=None):
        path = files.csv(tmp_path / "客户.csv", body)
        return actions.load_file(actor, path, dataset, mapping or {}, options or Options())

    return run


def outcome(report):
    return report.rows, report.created, report.updated, report.unchanged, report.refused


def everything():
    return tuple(model.objects.count() for model in (Customer, Phone, Asset, FieldChange, FactChange, LoadRow))


def test_a_card_from_a_row(cast, load):
    report = load(
        "客户编号,姓名,性别,生日,手机,座机,地址,车牌,车型,里程,门店,业务员,大客户,建档日期,备注,颜色\n"
        'C7,王伟,先生,农历八月十五,１３８ 1234-5678,0571-88886666,"中山路 1 号",浙A·12345,北辰 5,'
        '"42,180",杭州滨江店,陈思远,是,2023/3/5,=1+1,红\n',
        cast.xu,
    )
    assert outcome(report) == (1, 1, 0, 0, 0)
    made = Customer.objects.get()
    assert (made.number, made.name, made.gender, made.birth_month, made.birth_day, made.birth_lunar) == ("C7", "王伟", "male", 8, 15, True)
    assert (made.phone, made.unit, made.owner, made.key_account) == ("+8613812345678", cast.binjiang, cast.chen, True)
    assert (made.opened_on, made.remarks, made.load_id, made.version) == (date(2023, 3, 5), "=1+1", report.id, 1)
    assert list(made.phones.values_list("number", "last4_digest", "position")) == [
        ("+8613812345678", digest("last4", "5678"), 0),
        ("+8657188886666", digest("last4", "6666"), 1),
    ]
    assert Asset.objects.values_list("customer", "identifier", "name", "mileage").get() == (made.pk, "浙A12345", "北辰 5", 42180)
    assert made.aliases == "浙A12345" and "wangwei" in made.search and made.pinyin.startswith("wang")
    assert [sentence(note) for note in report.warnings] == ["这些列认不出，没有读：颜色。"]
    assert FactChange.objects.get().customer == made
    entry = AuditEntry.objects.get(verb="import.load")
    assert (entry.actor, entry.detail["created"], entry.detail["dataset"]) == (cast.xu.pk, 1, "customers")
    saved = Load.objects.get()
    assert (saved.state, saved.counts["created"], saved.mapping["手机"], saved.actor) == ("loaded", 1, "phone", cast.xu)


def test_the_same_file_twice_changes_nothing(cast, load):
    body = "客户编号,姓名,手机,生日,车牌\nC1,王伟,13812345678,1985-08-15,\n,李娜,13900001111/13900002222,,\n,张强,,,浙A12345\n"
    body += ",赵敏,,,\n,赵敏,,,\nC9,,,,\n"
    first = load(body)
    assert outcome(first) == (6, 6, 0, 0, 0)
    before = everything()
    again = load(body)
    assert outcome(again) == (6, 0, 0, 6, 0)
    assert everything() == before
    assert Customer.objects.filter(name="赵敏").count() == 2


def test_a_number_alone_is_a_card_until_the_name_is_known(cast, load):
    load("客户编号\nC9\n")
    made = Customer.objects.get()
    assert (made.name, made.name_known) == ("C9", False)
    report = load("客户编号,姓名\nC9,苏晴\n")
    made.refresh_from_db()
    assert (made.name, made.name_known, outcome(report)) == ("苏晴", True, (1, 0, 1, 0, 0))
    assert "suqing" in made.search
    assert report.warnings == []


def test_an_empty_cell_and_an_absent_column_leave_things_alone(cast, load):
    known = card(cast.chen, "王伟", "13812345678", number="C1", address="中山路 1 号", hobbies="钓鱼")
    report = load("客户编号,姓名,地址,爱好\nC1,王伟,,爬山\n", cast.xu)
    known.refresh_from_db()
    assert (known.address, known.hobbies, known.phone, known.owner) == ("中山路 1 号", "爬山", "+8613812345678", cast.chen)
    assert outcome(report) == (1, 0, 1, 0, 0)
    change = FieldChange.objects.get()
    assert (change.field, change.old, change.new, change.by, change.version) == ("hobbies", "钓鱼", "爬山", cast.xu, known.version)
    assert LoadRow.objects.get().before == {"hobbies": "钓鱼"}


def test_a_new_phone_becomes_the_first_and_the_old_one_stays(cast, load):
    known = card(cast.chen, "王伟", "13812345678", number="C1")
    load("客户编号,姓名,手机\nC1,王伟,13900001111\n")
    known.refresh_from_db()
    assert known.phone == "+8613900001111"
    assert list(known.phones.values_list("number", flat=True)) == ["+8613900001111", "+8613812345678"]
    # The old number in another file is no news.
    assert outcome(load("客户编号,姓名,手机\nC1,王伟,138 1234 5678\n")) == (1, 0, 0, 1, 0)


def test_who_is_it(cast, load):
    number = card(cast.chen, "王伟", "13812345678", number="C1")
    phone = card(cast.chen, "李娜", "13900001111")
    born = card(cast.chen, "张强", birth_year=1985, birth_month=8, birth_day=15)
    lives = card(cast.chen, "赵敏", address="中山路 1 号")
    code = card(cast.chen, "启程", credit_code="91330106MA28CXXX0T")
    car = card(cast.chen, "孙丽", "13700001111")
    Asset.objects.create(customer=car, name="北辰", identifier="浙A12345")
    report = load(
        "客户编号,姓名,手机,生日,地址,车牌,爱好\n"
        "C1,王大伟,,,,,甲\n"  # the number decides, a different name is an update
        ",李娜,13900001111,,,,乙\n"
        ",李娜娜,13900001111,,,,丙\n"  # same phone, other name: somebody else
        ",张强,,1985-08-15,,,丁\n"
        ",张强,,1985-08-16,,,戊\n"
        ",赵敏,,,中山路 1 号,,己\n"
        ",孙丽,13700009999,,,浙A12345,庚\n",  # same plate and name, a new phone
    )
    assert outcome(report) == (7, 2, 5, 0, 0)
    found = dict(Customer.objects.exclude(hobbies="").values_list("hobbies", "pk"))
    assert [found[each] for each in "甲乙丁己庚"] == [number.pk, phone.pk, born.pk, lives.pk, car.pk]
    assert found["丙"] not in (phone.pk, None) and found["戊"] != born.pk
    assert code.pk not in found.values()
    car.refresh_from_db()
    assert car.phone == "+8613700009999"
    assert [sentence(note) for note in report.warnings] == [
        "有 1 位客户会改名（第一位在第 2 行：王伟 → 王大伟）。",
        "有 1 对客户同号不同名，没有合并，请看看是不是同一个人。",
    ]


def test_two_of_one_name_and_number_are_told_apart_by_nobody(cast, load):
    card(cast.chen, "王伟", "13812345678")
    card(cast.zhou, "王伟", "13812345678")
    before = everything()
    report = load("姓名,手机,爱好\n王伟,13812345678,钓鱼\n")
    assert [(refusal.row, refusal.code, refusal.reason) for refusal in report.refusals] == [
        (2, "customer.ambiguous", "按电话找到不止一位客户，请写上客户编号")
    ]
    assert everything() == before


def test_rows_of_one_customer_join_or_contradict(cast, load):
    report = load("客户编号,姓名,手机,爱好\nC1,王伟,13812345678,\nC1,王伟,,钓鱼\nC1,王伟,13900001111,\nC1,王伟,,爬山\n")
    assert outcome(report) == (4, 1, 2, 0, 1)
    made = Customer.objects.get()
    assert (made.hobbies, made.phone) == ("钓鱼", "+8613900001111")
    assert list(made.phones.values_list("number", flat=True)) == ["+8613900001111", "+8613812345678"]
    assert report.refusals[0].reason == "与第 3 行是同一位客户，内容不同，请先定以哪行为准"


def test_unknown_stores_and_staff_are_refused_and_listed_once(cast, load):
    body = "姓名,门店,业务员\n王伟,滨江,陈思远\n李娜,滨江,小陈\n张强,杭州滨江店,小陈\n赵敏,杭州滨江店,linqian\n"
    report = load(body)
    assert outcome(report) == (4, 1, 0, 0, 3)
    assert (report.unknown_stores, report.unknown_staff) == (["滨江"], ["小陈"])
    assert report.reasons == {"unknown.store": 2, "unknown.staff": 1}
    mapped = load(body, options=Options(stores={"滨江": "杭州滨江店"}, staff={"小陈": "陈思远"}))
    assert outcome(mapped) == (4, 3, 0, 1, 0)
    assert set(Customer.objects.values_list("unit__name", flat=True)) == {"杭州滨江店"}


def test_staff_who_left_may_mean_nobody_a_store_may_not(cast, load):
    kept = card(cast.chen, "赵敏", number="C9")
    body = "客户编号,姓名,门店,业务员\nC1,王伟,杭州滨江店,老周\nC2,李娜,滨江,老周\nC9,赵敏,,老周\n"
    report = load(body, options=Options(stores={"滨江": ""}, staff={"老周": ""}))
    # As if the cell were empty: a new card has no owner, one on file keeps the owner it has.
    assert outcome(report) == (3, 1, 0, 1, 1)
    assert (report.reasons, report.unknown_staff, report.unknown_stores) == ({"unknown.store": 1}, [], ["滨江"])
    assert Customer.objects.get(number="C1").owner is None
    kept.refresh_from_db()
    assert (kept.owner, kept.version) == (cast.chen, 1)


@pytest.mark.parametrize(
    ("dataset", "body", "model", "attribute"),
    [
        ("deals", "客户编号,日期,金额,业务员\nC9,2024-03-05,10,老周\n", Deal, "staff"),
        ("contracts", "客户编号,类别,开始,到期,业务员\nC9,会员,2024-03-05,2025-03-05,老周\n", Contract, "staff"),
        ("interactions", "客户编号,时间,经过,员工\nC9,2024-03-05,打了电话,老周\n", Interaction, "by"),
    ],
)
def test_rows_of_staff_who_left_are_nobodys(cast, load, dataset, body, model, attribute):
    card(cast.chen, "赵敏", number="C9")
    assert load(body, dataset=dataset).reasons == {"unknown.staff": 1}
    assert not model.objects.exists()
    assert load(body, dataset=dataset, options=Options(staff={"老周": ""})).created == 1
    assert getattr(model.objects.get(), attribute) is None


def test_a_supervisor_reaches_only_the_own_region(cast, load):
    far = card(cast.ding, "王伟", "13812345678", number="C1")
    report = load("客户编号,姓名,门店,爱好\nC1,王伟,,钓鱼\nC2,李娜,北京朝阳店,钓鱼\nC3,张强,南京江宁店,钓鱼\n", cast.he)
    assert [(refusal.row, refusal.code) for refusal in report.refusals] == [(2, "customer.out_of_scope"), (3, "unknown.store")]
    far.refresh_from_db()
    assert far.hobbies == ""
    assert Customer.objects.get(number="C3").unit == cast.jiangning


@pytest.mark.parametrize("who", ["chen", "lin", "root"])
def test_who_may_not_load(cast, load, who):
    with pytest.raises(Refused) as refused:
        load("姓名\n王伟\n", getattr(cast, who))
    assert refused.value.code == "permission"
    assert (Customer.objects.count(), Load.objects.count()) == (0, 0)


def test_a_dry_run_tells_the_same_and_writes_nothing(cast, tmp_path):
    card(cast.chen, "王伟", "13812345678", number="C1")
    path = files.csv(tmp_path / "a.csv", "客户编号,姓名,手机\nC1,王大伟,\nC2,李娜,138\nC3,张强,13900001111\nC1,,\n")
    before = everything()
    dry = actions.dry_run(path, "customers", {}, Options())
    assert everything() == before and not Load.objects.exists()
    assert outcome(dry) == (4, 1, 1, 1, 1)
    wet = actions.load_file(None, path, "customers", {}, Options())
    assert dry.counts() == wet.counts()
    assert dry.changes == [(2, "王伟", "name", "王伟", "王大伟")]


def test_columns_that_were_matched_by_hand_are_remembered(cast, tmp_path):
    path = files.csv(tmp_path / "a.csv", "编码甲,称谓甲,号码甲\nC1,王伟,13812345678\n")
    with pytest.raises(Refused) as refused:
        actions.load_file(None, path, "customers", {}, Options())
    assert refused.value.code == "file.no_heading" and not Load.objects.exists()
    # Either way round, by the field's code or by what it is called.
    given = {"编码甲": "number", "姓名": "称谓甲", "号码甲": "手机"}
    assert outcome(actions.load_file(None, path, "customers", given, Options())) == (1, 1, 0, 0, 0)
    assert outcome(actions.load_file(None, path, "customers", {}, Options())) == (1, 0, 0, 1, 0)
    with pytest.raises(Refused) as refused:
        actions.load_file(None, path, "customers", {"没有这列": "number"}, Options())
    assert refused.value.code == "file.unknown_map"


def test_the_wizard_sees_columns_before_they_are_settled(cast, tmp_path):
    path = files.xlsx(tmp_path / "a.xlsx", [["客户资料"], ["称谓", "手机", "住址", "地址"], ["王伟", 13812345678, "甲", "乙"]])
    with path.open("rb") as file:
        load = actions.receive(cast.xu, "customers", "..\\资料/客户.xlsx", file)
    assert (load.name, load.state) == ("客户.xlsx", "uploaded")
    seen = actions.preview(load)
    assert [(column.heading, column.field, column.samples) for column in seen.columns] == [
        ("称谓", "", ("王伟",)),
        ("手机", "phone", ("13812345678",)),
        ("住址", "address", ("甲",)),
        ("地址", "address", ("乙",)),
    ]
    assert (seen.heading_row, seen.missing, seen.doubled) == (2, ("姓名或客户编号",), ("地址",))
    report = actions.check(load, {"称谓": "name", "住址": ""}, Options())
    load.refresh_from_db()
    assert (load.state, report.created, Customer.objects.count()) == ("checked", 1, 0)
    assert actions.run(cast.xu, load).created == 1
    with pytest.raises(Refused) as refused:
        actions.run(cast.xu, load)
    assert refused.value.code == "load.state" and Customer.objects.count() == 1


def test_no_more_queries_for_more_rows(cast, tmp_path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries(count):
        lines = "\n".join(f"C{count}{i},客户{i},1381{count:03d}{i:04d},钓鱼" for i in range(count))
        path = files.csv(tmp_path / "a.csv", f"客户编号,姓名,手机,爱好\n{lines}\n")
        with CaptureQueriesContext(connection) as seen:
            actions.load_file(None, path, "customers", {}, Options())
        more = files.csv(tmp_path / "b.csv", path.read_text().replace("钓鱼", "爬山"))
        with CaptureQueriesContext(connection) as again:
            assert actions.load_file(None, more, "customers", {}, Options()).updated == count
        return len(seen), len(again)

    assert queries(10) == queries(300)


def test_today_is_when_a_card_was_opened_unless_told(cast, load):
    load("姓名\n王伟\n")
    assert Customer.objects.get().opened_on == clock.today()


def test_an_old_file_does_not_bring_back_who_was_erased(cast, load):
    body = "客户编号,姓名,手机\nC7,张书远,13812345678\nC8,王淑芬,13800005678\n"
    load(body, cast.zhao)
    erase(cast.fang, Customer.objects.get(number="C7").pk, "客户来信要求", "C7")
    report = load(body, cast.zhao)
    assert outcome(report) == (2, 0, 0, 1, 1)
    assert report.reasons == {"customer.erased": 1}
    assert list(Customer.objects.order_by("number").values_list("name", flat=True)) == ["已删除 C7", "王淑芬"]
    assert not Phone.objects.filter(customer__number="C7").exists()
