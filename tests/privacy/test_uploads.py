"""An erasure takes the uploaded files in which he stands, with what was kept beside them; others stay."""

import gzip
import io
import json

import openpyxl
import pytest
from django.conf import settings

from liuke.exchange import wizard
from liuke.exchange.models import Load
from liuke.exchange.seen import plain
from liuke.exchange.words import refuse
from liuke.privacy.erasing import erase, preview
from liuke.privacy.rules import Traces
from liuke.privacy.uploads import holding
from tests.privacy.world import NAME, PHONE, build


def workbook(*cells: object) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def upload(cast, stored: str, body: bytes, state: str = "checked", **beside: bytes) -> Load:
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    (settings.UPLOADS / stored).write_bytes(body)
    for ending, text in beside.items():
        (settings.UPLOADS / f"{stored}.{ending.replace('_', '.')}").write_bytes(text)
    return Load.objects.create(dataset="customers", name="客户.csv", stored=stored, size=len(body), actor=cast.he, state=state)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "UPLOADS", tmp_path / "uploads")
    return tmp_path / "uploads"


@pytest.mark.parametrize("body", [
    f"姓名\n{NAME}\n".encode("gb18030"), f"姓名\n{NAME}\n".encode("utf-16"), b"138-1234-5678", workbook(NAME), workbook(13812345678),
    gzip.compress(NAME.encode()), b"x" * ((1 << 20) - 4) + PHONE.encode(), b"PK\x03\x04 no zip " + NAME.encode(),
], ids=["gb18030", "utf-16", "phone", "workbook", "number", "gzip", "two reads", "no zip"])  # fmt: skip
def test_he_is_found_in_any_kind_of_file(db, folder, body):
    world = build()
    load = upload(world.cast, "a" * 48, body)
    assert holding(Traces([NAME], [PHONE])) == [load]
    assert holding(Traces(["王淑芬"], ["13800009999"])) == []


def test_his_files_go_and_the_others_stay(db, folder, django_capture_on_commit_callbacks):
    world = build()
    waiting = upload(world.cast, "a" * 48, workbook(NAME))
    loaded = upload(world.cast, "b" * 48, b"nobody", "loaded", seen_json=json.dumps([NAME], ensure_ascii=False).encode())
    busy = upload(world.cast, "c" * 48, workbook(NAME), "loading")
    other = upload(world.cast, "d" * 48, "王淑芬,13800009999".encode())
    told = {str(effect.heading): (effect.count, effect.gone) for effect in preview(world.cast.fang, world.person.pk).effects}
    assert told["上传的文件里有他，没导入的要重新上传"] == (2, True)
    with django_capture_on_commit_callbacks(execute=True):
        erase(world.cast.fang, world.person.pk, "客户来信要求", world.person.number)
    assert sorted(path.name for path in folder.iterdir()) == [f"{'a' * 48}.seen.json", "c" * 48, "d" * 48]
    seen = wizard.seen(waiting)
    assert seen is not None
    assert seen.problem == plain(refuse("load.file_gone"))
    states = {load.pk: load.state for load in Load.objects.all()}
    assert [states[load.pk] for load in (waiting, loaded, busy, other)] == ["failed", "loaded", "loading", "checked"]
    assert Load.objects.get(pk=waiting.pk).failure == str(refuse("load.file_gone"))
