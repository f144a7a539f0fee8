"""Playbooks that follow one another: every chain that comes back without a rest is found, and nothing else."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from liuke.packs import load_pack
from liuke.packs.following import edges_of, loops
from liuke.packs.playbook import FollowUp, Next, Playbook, Stop
from liuke.packs.words import Words

WINDOW = 30
KEYS = tuple("abcdef")
PACK = load_pack("auto_dealer")
GIVEN = PACK.playbook("overdue_visit")


def leads(to: str | None, days: int = 0) -> Next:
    return Next(do="stop") if to is None else Next(do="playbook", playbook=to, days=days)


def a_playbook(key: str, outcomes: dict, rest: int = 90, follow_ups: tuple = ()) -> Playbook:
    return GIVEN.model_copy(update={"key": key, "outcomes": outcomes, "stop": Stop(rest_days=rest), "follow_ups": follow_ups})


def found(*playbooks: Playbook, outcomes=None, follow_ups=()) -> list[tuple[str, ...]]:
    return [loop.keys for loop in loops(playbooks, outcomes or {}, follow_ups, WINDOW)]


def test_a_chain_that_ends_is_no_loop():
    assert found(a_playbook("a", {"reached": leads("b")}), a_playbook("b", {"reached": leads("c")}), a_playbook("c", {})) == []


def test_a_chain_back_to_the_first_is_told_from_the_first():
    looped = [a_playbook("a", {"refused": leads("b")}), a_playbook("b", {"reached": leads("c")}), a_playbook("c", {"deal": leads("a")})]
    (loop,) = loops(looped, {}, (), WINDOW)
    assert (loop.keys, loop.where) == (("a", "b", "c"), ("outcomes", "refused", "playbook"))
    assert found(a_playbook("a", {"reached": leads("a")})) == [("a",)]


def test_a_rest_breaks_the_chain_at_its_own_length():
    def chain(days: int, rest: int) -> list[tuple[str, ...]]:
        return found(a_playbook("a", {"reached": leads("b")}, rest), a_playbook("b", {"reached": leads("a", days)}, 90))

    assert chain(days=89, rest=90) == [("a", "b")]
    assert chain(days=90, rest=90) == []
    assert chain(days=29, rest=0) == [("a", "b")]  # nobody is called round and round within the window of the budget
    assert chain(days=30, rest=0) == []


def test_the_packs_own_rules_count_where_a_playbook_has_none():
    bare, own = a_playbook("a", {}), a_playbook("a", {"later": Next(do="retry", days=3)})
    assert found(bare, outcomes={"later": leads("a")}) == [("a",)]
    assert found(own, outcomes={"later": leads("a")}) == []
    choice = FollowUp(key="again", name=Words(zh="再来", en="Again"), next=leads("a"))
    assert found(bare, follow_ups=(choice,)) == [("a",)]
    (loop,) = loops([a_playbook("a", {}, follow_ups=(choice,))], {}, (), WINDOW)
    assert loop.where == ("follow_ups", 0, "next", "playbook")


def test_two_loops_are_both_told():
    a, b = a_playbook("a", {"reached": leads("a")}), a_playbook("b", {"reached": leads("c")})
    assert found(a, b, a_playbook("c", {"reached": leads("b")})) == [("a",), ("b", "c")]


def comes_back(playbooks: dict[str, Playbook], start: str) -> bool:
    """By plain definition: from `start`, by ways without a rest, to `start`."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for edge in edges_of(playbooks[waiting.pop()], {}, ()):
            rest = max(playbooks[edge.to].stop.rest_days, WINDOW)
            if edge.days < rest and edge.to == start:
                return True
            if edge.days < rest and edge.to not in seen:
                seen.add(edge.to)
                waiting.append(edge.to)
    return False


ways = st.dictionaries(
    st.sampled_from(["reached", "refused", "deal"]), st.builds(leads, st.sampled_from(KEYS), st.integers(0, 120)), max_size=3
)


@given(st.fixed_dictionaries({key: st.tuples(ways, st.integers(0, 120)) for key in KEYS}))
def test_whatever_can_come_back_is_in_a_loop_that_is_told_and_every_loop_is_real(drawn):
    playbooks = {key: a_playbook(key, outcomes, rest) for key, (outcomes, rest) in drawn.items()}
    told = list(loops(list(playbooks.values()), {}, (), WINDOW))
    assert bool(told) == any(comes_back(playbooks, key) for key in KEYS)
    for loop in told:
        assert len(set(loop.keys)) == len(loop.keys)
        for here, there in pairwise([*loop.keys, loop.keys[0]]):
            assert any(
                edge.to == there and edge.days < max(playbooks[there].stop.rest_days, WINDOW) for edge in edges_of(playbooks[here], {}, ())
            )
