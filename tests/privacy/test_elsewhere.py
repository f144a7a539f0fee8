"""The depth of an erasure: where he stands with others, in lists that are kept, and in the bytes of the file."""

from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from liuke.customers.models import BulkEdit, Contact, FactChange, FieldChange
from liuke.customers.organisations import add_contact
from liuke.interactions import actions as interactions
from liuke.interactions.models import Interaction
from liuke.privacy.erasing import erase, preview
from liuke.segments.filters import parse, same
from liuke.segments.models import SavedView, Segment
from tests.privacy.world import NAME, PHONE, TRACES, WECHAT, World, build, found_in_models, found_in_tables

QUERY = "q=138+1234+5678&grade=A"


@pytest.fixture
def world(db) -> World:
    return build()


def gone(world: World):
    return erase(world.cast.fang, world.person.pk, "客户来信要求", world.person.number)


def test_a_contact_with_his_number_goes_though_nothing_links_it(world):
    add_contact(world.cast.chen, world.company.pk, {"name": NAME, "phone": "138-1234-5678", "title": "车队长"})
    add_contact(world.cast.chen, world.company.pk, {"name": "张先生", "wechat": WECHAT})
    add_contact(world.cast.chen, world.company.pk, {"name": "王会计", "phone": "13800007777"})
    add_contact(world.cast.chen, world.company.pk, {"name": "老李"})
    FactChange.objects.all().delete()
    told = {str(effect.heading): (effect.count, effect.gone) for effect in preview(world.cast.fang, world.person.pk).effects}
    assert told["电话或微信和他一样的企业联系人"] == (2, True)
    done = gone(world)
    assert list(Contact.objects.order_by("pk").values_list("name", flat=True)) == ["王会计", "老李"]
    assert done.counts["customers.contact"] == 3  # with the one that is linked
    assert FieldChange.objects.filter(customer=world.company, field="contact").count() == 2
    assert FactChange.objects.filter(customer=world.company).count() == 1
    assert found_in_models(TRACES) == found_in_tables(TRACES) == []


def test_lists_that_were_kept_are_sealed_and_swept(world):
    BulkEdit.objects.create(by=world.cast.chen, field="source", value="展会", query=QUERY)
    SavedView.objects.create(user=world.cast.he, name="常看", query=QUERY)
    asks = {"all": [{"ask": "name", "op": "contains", "text": f"{NAME} 的朋友"}, {"ask": "grade", "in": ["A"]}]}
    Segment.objects.create(owner=world.cast.chen, name=f"像{NAME}的", conditions=asks, before={"name": NAME, "conditions": asks})
    assert found_in_tables(["q=138"]) == []
    assert same(SavedView.objects.get(name="常看").query, parse(QUERY))
    gone(world)
    assert BulkEdit.objects.get().query == SavedView.objects.get(name="常看").query == "q=＊&grade=A"
    kept = Segment.objects.get()
    clean = {"all": [{"ask": "name", "op": "contains", "text": "＊ 的朋友"}, {"ask": "grade", "in": ["A"]}]}
    assert (kept.name, kept.conditions, kept.before) == ("像＊的", clean, {"name": "＊", "conditions": clean})
    assert found_in_models(TRACES) == found_in_tables(TRACES) == []


def test_two_names_told_apart_by_him_only_stay_two(world):
    for name in (f"看{NAME}", f"看{PHONE}"):
        SavedView.objects.create(user=world.cast.he, name=name, query="grade=A")
    gone(world)
    first, second = SavedView.objects.filter(user=world.cast.he).order_by("pk")
    assert (first.name, second.name) == ("看＊", f"看＊ {second.pk}")


def test_notes_on_others_lose_his_number_and_the_name_with_it(world):
    for said in (f"{NAME}介绍来的，他的电话138-1234 5678", f"听说过{NAME}", "电话13812345670"):
        interactions.record(world.cast.chen, world.other.pk, "phone", "reached", said)
    told = {str(effect.heading): (effect.count, effect.gone) for effect in preview(world.cast.fang, world.person.pk).effects}
    assert told["别人的记录里写着他的电话"] == (1, False)
    gone(world)
    said = list(Interaction.objects.filter(customer=world.other).order_by("pk").values_list("summary", flat=True))
    assert said == ["＊介绍来的，他的电话＊", f"听说过{NAME}", "电话13812345670"]


@pytest.mark.only_db("sqlite")
@pytest.mark.django_db(transaction=True)
def test_not_in_the_bytes_of_the_file():
    world = build()
    base = Path(connection.settings_dict["NAME"])

    def found(word: str) -> list[str]:
        return [path.name for path in base.parent.glob(f"{base.name}*") if word.encode() in path.read_bytes()]

    assert found(NAME)
    assert found("zhangshuyuan")
    gone(world)
    assert [word for word in (NAME, "zhangshuyuan", "浙A7123Q", "打高尔夫", "江南大道") if found(word)] == []
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (30_000,)


def test_talks_needs_promises_and_reasons_of_playbooks_lose_him(world):
    from liuke.conversations.models import Conversation, Need, StepNote
    from liuke.playbooks.models import PlaybookVersion, ScriptVersion
    from liuke.promises.models import Promise

    chen, day, said = world.cast.chen, date(2026, 3, 5), f"{NAME}，138-1234-5678"
    kept: dict[str, list] = {"own": [], "other": []}
    for whose, card in (("own", world.person), ("other", world.other)):
        talk = Conversation.objects.create(customer=card, by=chen, unit=card.unit, on=day)
        kept[whose] = [
            StepNote.objects.create(conversation=talk, step=1, done=True, said=said, by=chen),
            Need.objects.create(customer=card, words=said, how=said, by=chen, on=day),
            Promise.objects.create(customer=card, by=chen, keeper=chen, text=said, note=said, made_on=day, due_on=day),
        ]
    why = f"{NAME}投诉以后改的"
    for model, key in ((PlaybookVersion, "overdue_visit"), (ScriptVersion, "overdue_visit")):
        model.objects.create(pack="auto_dealer", key=key, version=1, why=why, by=chen)
    gone(world)
    texts = {"StepNote": ("said",), "Need": ("words", "how"), "Promise": ("text", "note")}
    left = {}
    for whose, rows in kept.items():
        for row in rows:
            row.refresh_from_db()
        left[whose] = [getattr(row, name) for row in rows for name in texts[type(row).__name__]]
    assert left == {"own": ["", "", "", "＊，＊", ""], "other": ["＊，＊"] * 5}
    assert {one.why for model in (PlaybookVersion, ScriptVersion) for one in model.objects.all()} == {"＊投诉以后改的"}
    assert found_in_models(TRACES) == found_in_tables(TRACES) == []


def test_who_is_named_in_the_words_of_a_playbook_goes_and_the_playbook_still_works(world):
    from liuke.care.models import CareRule
    from liuke.playbooks.actions import save_playbook, save_script
    from liuke.playbooks.models import PlaybookVersion
    from liuke.playbooks.queries import pack
    from liuke.playbooks.rules import body_of
    from liuke.team.queries import pack as given

    before = pack()
    body = body_of(before.playbook("steady"))
    body["steps"][0]["say"] = {"zh": f"上回{NAME}说的我们改了，您再看看？", "en": ""}
    save_playbook(None, "steady", body)
    script = next(each for each in before.scripts if each.key == "care")
    told = body_of(script)
    told["blocks"][0]["tip"] = {"zh": f"别学{NAME}那一回，138-1234-5678。", "en": ""}
    save_script(None, "care", told)
    occasion = body_of(given().care[0])
    occasion["name"] = {"zh": f"{NAME}生日", "en": ""}
    CareRule.objects.create(pack="auto_dealer", key=given().care[0].key, version=1, body=occasion)
    assert NAME in pack().playbook("steady").steps[0].say.zh
    gone(world)
    there = pack()
    assert there.playbook("steady").steps[0].say.zh == "上回＊说的我们改了，您再看看？"
    assert next(each for each in there.scripts if each.key == "care").blocks[0].tip.zh == "别学＊那一回，＊。"
    assert PlaybookVersion.objects.get().body["key"] == "steady"
    assert CareRule.objects.get().body["name"]["zh"] == "＊生日"
