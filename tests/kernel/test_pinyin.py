import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.kernel import pinyin
from liuke.kernel.pinyin import Term


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("张三", "zhangsan", "zs"),
        ("单雄信", "shanxiongxin", "sxx"),
        ("曾小贤", "zengxiaoxian", "zxx"),
        ("解缙", "xiejin", "xj"),
        ("查良镛", "zhaliangyong", "zly"),
        ("仇英", "qiuying", "qy"),
        ("区志强", "ouzhiqiang", "ozq"),
        ("乐毅", "yueyi", "yy"),
        ("朴树", "piaoshu", "ps"),
        ("欧阳锋", "ouyangfeng", "oyf"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("万俟卨", "moqixie", "mqx"),
        ("单于", "chanyu", "cy"),
        ("吕布", "lvbu", "lb"),
        ("John Smith", "johnsmith", "js"),
        ("", "", ""),
    ],
)
def test_names_by_sound(name: str, full: str, initials: str) -> None:
    assert (pinyin.full(name), pinyin.initials(name)) == (full, initials)


def test_a_surname_is_read_as_one_only_at_the_head_of_a_persons_name() -> None:
    assert pinyin.full("单位食堂服务部") == "danweishitangfuwubu"
    assert pinyin.full("王单") == "wangdan"


def test_sorted_by_sound_syllable_by_syllable() -> None:
    names = ["张三", "曾小贤", "欧阳锋", "西安饭庄", "先农坛", "Bob", "单雄信", "王伟"]
    assert sorted(names, key=pinyin.sort_key) == ["Bob", "欧阳锋", "单雄信", "王伟", "西安饭庄", "先农坛", "曾小贤", "张三"]
    assert pinyin.sort_key("张三") == "zhang san 张三"


def test_the_search_column() -> None:
    assert pinyin.search_tokens("张三") == "张 三 zhangsan zs san s"
    assert (
        pinyin.search_tokens("张三", "C-1001", "浙A7B23Q", "+8613812345678;ext=1") == "张 三 zhangsan zs san s c1001 c 1001 浙 a7b23q 5678"
    )


def test_a_query_is_phrases_and_beginnings() -> None:
    assert pinyin.query_tokens("王伟 Zhangs") == [Term(("王", "伟"), False), Term(("zhangs",), True)]
    assert pinyin.fts5_query("王伟 zhangs") == '"王 伟" AND "zhangs"*'
    assert pinyin.ts_query("王伟 zhangs") == "('王' <-> '伟') & 'zhangs':*"
    assert pinyin.fts5_query(" *\"'() ") == pinyin.ts_query(" *\"'() ") == ""


NAMES = ["张三", "王伟", "伟王", "曾小贤", "吕布", "启程汽车4S店", "迪丽热巴·买买提", "张珊", "José"]


@pytest.fixture(scope="module")
def index() -> sqlite3.Connection:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE names USING fts5(words, tokenize='unicode61')")
    base.executemany(
        "INSERT INTO names(rowid, words) VALUES (?, ?)",
        [(n, pinyin.search_tokens(name, f"+861380000{n:04d}")) for n, name in enumerate(NAMES)],
    )
    return base


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("王", ["王伟", "伟王"]),
        ("王伟", ["王伟"]),
        ("zhangsan", ["张三"]),
        ("zs", ["张三", "张珊"]),
        ("zhang", ["张三", "张珊"]),
        ("ZhangS", ["张三", "张珊"]),
        ("zhang san", ["张三"]),
        ("san", ["张三"]),
        ("张san", ["张三"]),
        ("zengxiao", ["曾小贤"]),
        ("ceng", ["曾小贤"]),
        ("lvbu", ["吕布"]),
        ("lubu", ["吕布"]),
        ("lyubu", ["吕布"]),
        ("lübu", ["吕布"]),
        ("qiche", ["启程汽车4S店"]),
        ("汽车4S店", ["启程汽车4S店"]),
        ("qcqc", ["启程汽车4S店"]),
        ("巴买", ["迪丽热巴·买买提"]),
        ("巴·买", ["迪丽热巴·买买提"]),
        ("jose", ["José"]),
        ("josé", ["José"]),
        ("0003", ["曾小贤"]),
        ("13800000003", []),
        ("三张", []),
        ('" OR "王', ["王伟", "伟王"]),
    ],
)
def test_found_in_fts5(index: sqlite3.Connection, query: str, found: list[str]) -> None:
    query = pinyin.fts5_query(query.replace(" OR ", " "))
    assert [NAMES[n] for (n,) in index.execute("SELECT rowid FROM names WHERE names MATCH ? ORDER BY rowid", (query,))] == found


@given(st.text(max_size=40), st.text(max_size=20))
def test_any_name_is_indexed_and_any_query_is_sound(name: str, query: str) -> None:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE names USING fts5(words, tokenize='unicode61')")
    tokens = pinyin.search_tokens(name, query).encode("utf-8", "replace").decode()
    base.execute("INSERT INTO names(words) VALUES (?)", (tokens,))
    asked = pinyin.fts5_query(query).encode("utf-8", "replace").decode()
    if asked:
        base.execute("SELECT count(*) FROM names WHERE names MATCH ?", (asked,)).fetchone()
    pinyin.sort_key(name)


@given(st.text("王张三伟丽娜欧阳单曾", min_size=1, max_size=5))
def test_every_name_is_found_by_itself_its_sound_and_its_initials(name: str) -> None:
    words = pinyin.search_tokens(name).split()
    assert words[: len(name)] == list(name)
    assert pinyin.full(name) in words and pinyin.initials(name) in words
