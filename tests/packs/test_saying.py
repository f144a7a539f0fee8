"""What the packs have people say: whole in both languages, every scenario written for, nothing a customer would wince at."""

import re

import pytest

from liuke.packs.loader import available, load_pack
from liuke.packs.words import all_words

# Pressure, flattery and fear. What a customer says on a scenario card may hold them: people do talk so.
WINCE = re.compile(
    "亲[，。们]|亲爱的|赶紧|赶快|机会难得|千万别|错过|绝对|百分之百|包您|最低价|全网|爆款|限时|仅此|马上没了|后悔|惊喜|尊贵|至尊|感恩回馈"
)
SCENARIOS = ("general", "complaint", "care", "offer", "retention")

pytestmark = pytest.mark.parametrize("key", available())


def spoken(key):
    pack = load_pack(key)
    for part in ("scripts", "playbooks", "invitation", "letters"):
        yield from all_words(getattr(pack, part), (part,))
    for at, card in enumerate(pack.practice):
        yield from ((path, words) for path, words in all_words(card, ("practice", at)) if "says" not in path)


def test_nothing_presses_flatters_or_frightens(key):
    said = list(spoken(key))
    assert len(said) > 500
    assert [f"{path}: {words.zh}" for path, words in said if WINCE.search(words.zh)] == []


def test_every_scenario_has_its_script_with_tips_and_messages(key):
    scripts = {script.scenario: script for script in load_pack(key).scripts}
    assert set(scripts) == set(SCENARIOS)
    for script in scripts.values():
        assert script.wechat and script.sms and all(block.tip for block in script.blocks), script.key


def test_care_speaks_of_no_money(key):
    pack = load_pack(key)
    care = {script.key for script in pack.scripts if script.scenario == "care"}
    books = [book for book in pack.playbooks if book.script in care]
    assert books and not any(book.offer for book in books)
    for path, words in all_words([script for script in pack.scripts if script.key in care], ()):
        assert not re.search("优惠|折|价|元|买|券", words.zh.replace("不提花钱的事", "")), (path, words.zh)


def test_practice_covers_every_scenario_and_hides_the_need(key):
    pack = load_pack(key)
    assert len(pack.practice) >= 8 and {card.scenario for card in pack.practice} == set(SCENARIOS)
    for card in pack.practice:
        told = [words.zh for _path, words in all_words((card.persona.attitude, card.persona.buys, card.persona.character), ())]
        assert card.need.zh not in told and all(2 <= ticks <= 5 for ticks in card.ticks)
