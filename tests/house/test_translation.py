"""Every sentence is Chinese in the code, written as Chinese is, and has an English one that says as much."""

import re

import pytest
from babel.messages.catalog import Catalog

from tests.house.messages import Message, catalogue, extract, faults, messages, out_of_reach
from tests.house.punctuation import HAN, half_width
from tests.house.templates import all_templates, unmarked
from tests.house.tree import PACKAGE, name, named

pytestmark = pytest.mark.only_db("sqlite")


def test_every_sentence_has_its_english():
    assert len(messages()) > 100
    assert faults(messages(), catalogue()) == []


def test_no_sentence_is_out_of_the_catalogues_reach():
    sources = {name(path): path.read_text(encoding="utf-8") for path in named(".py", under="liuke/")}
    assert [f"{place}:{line}" for place, text in sources.items() for line in out_of_reach(text)] == []


def test_sentences_are_chinese():
    """A sentence with letters but no Han character is English in the wrong place; names such as RFM or VIN are capitals."""
    latin = [message for message in messages() if re.search(r"[a-z]{2}", _bare(message.singular))]
    assert [f"{message.place}: {message.singular}" for message in latin if not re.search(HAN, message.singular)] == []


def _bare(text: str) -> str:
    return re.sub(r"%\(\w+\)\w|<[^>]*>|\{\w*\}", "", text)


def test_sentences_have_chinese_punctuation():
    assert [f"{message.place}: {hit}" for message in messages() for hit in half_width(message.singular)] == []


def test_catalogues_have_chinese_punctuation():
    """Comments of a catalogue say where a sentence stands, with a colon: they are left out."""
    files = sorted(PACKAGE.glob("**/locale/*/LC_MESSAGES/*.po"))
    lines = [(path, line) for path in files for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert [f"{name(path)}: {hit}" for path, line in lines for hit in half_width(line)] == []


def test_no_chinese_in_a_template_passes_by_the_catalogue():
    found = []
    for path in all_templates():
        marked = frozenset(message.singular for message in extract(path))
        found += [f"{name(path)}:{hit}" for hit in unmarked(path.read_text(encoding="utf-8"), marked)]
    assert found == []


# ── the checks themselves ────────────────────────────────────────────────────


def test_every_kind_of_marked_sentence_is_found(tmp_path):
    code = tmp_path / "planted.py"
    code.write_text(
        'a = _("甲")\nb = gettext_lazy("乙")\nc = ngettext("%(n)s 件", "%(n)s 些", n)\nd = pgettext("动词", "丙")\n'
        'raise Refused("x.y", "丁%(n)s", n=1)\ne = N_("戊")\nf = "不是句子"\n',
        encoding="utf-8",
    )
    page = tmp_path / "planted.html"
    page.write_text('<p title="{{ _("己") }}">{{ _("庚 %(n)s", n=1) }}{% trans %}辛{% endtrans %}</p>', encoding="utf-8")
    assert [(found.context, found.singular, found.plural) for path in (code, page) for found in extract(path)] == [
        (None, "甲", None),
        (None, "乙", None),
        (None, "%(n)s 件", "%(n)s 些"),
        ("动词", "丙", None),
        (None, "丁%(n)s", None),
        (None, "戊", None),
        (None, "己", None),
        (None, "庚 %(n)s", None),
        (None, "辛", None),
    ]


def test_a_sentence_inside_an_f_string_is_told():
    assert out_of_reach('a = _("甲")\nb = f"<b>{escape(_(word))}</b>"\n') == [2]


@pytest.mark.parametrize(
    ("chinese", "english", "flags", "fault"),
    [
        ("今天 %(n)s 件", "%(n)s today", [], None),
        ("百分之%(n)d", "%(n)d %%", [], None),
        ("今天", "", [], "no English"),
        ("今天", "Today", ["fuzzy"], "marked as doubtful (fuzzy)"),
        ("今天 %(n)s 件", "some today", [], "a placeholder of the Chinese is lost: ['some today']"),
        ("今天 %(n)s 件", "%(m)s of %(n)s today", [], "a placeholder that the Chinese does not have: ['%(m)s of %(n)s today']"),
        ("共 {count} 位", "{total} in all", [], "a placeholder that the Chinese does not have: ['{total} in all']"),
    ],
)
def test_a_faulty_translation_is_told(chinese, english, flags, fault):
    made = Catalog(locale="en")
    made.add(chinese, english, flags=flags)
    told = faults((Message(None, chinese, None, "x.py:1"),), made)
    assert told == ([] if fault is None else [f"x.py:1: {chinese!r}: {fault}"])


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ('<p>{{ _("客户") }}</p>{# 客户 #}', []),
        ("{% trans n=3 %}{{ n }} 位客户{% endtrans %}", []),
        ("<p>\n客户 {{ n }}</p>", ["2: 客户 </p>"]),
        ('{{ card(title="客户") }}', ["1: 客户"]),
        ('<p title="客户">', ['1: <p title="客户">']),
    ],
)
def test_unmarked_chinese_is_told(text, hits):
    assert unmarked(text, frozenset({"客户"} if "_(" in text else ())) == hits


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("您好，王伟：今天来吗？", 0),
        ("您好,王伟", 1),
        ("客户:", 1),
        ("!完", 1),
        ("3,000 元；10:30 到店", 0),
        ("来吗?", 1),
    ],
)
def test_half_width_marks_are_told(text, hits):
    assert len(half_width(text)) == hits
