"""What is weak, worst first, by measures a cycle can take again."""

from fractions import Fraction

from liuke.packs.survey import Bands, Questionnaire
from liuke.satisfaction import measures
from liuke.satisfaction.results import Row, of_rows
from liuke.satisfaction.rules import overall_of, recommend_of, score_of
from liuke.satisfaction.weak import Weak, weak_points
from tests.satisfaction.world import DAY


def rated(key: str, indicator: str) -> dict:
    return {"key": key, "kind": "rating", "indicator": indicator, "weight": "1", "words": {"zh": "好不好", "en": ""}}


FORM = Questionnaire.model_validate(
    {
        "title": {"zh": "问卷", "en": ""},
        "questions": [
            rated("wait", "product.timeliness"), rated("staff", "service.during"), rated("coffee", "social.environment"),
            rated("name", "awareness"),
            {"key": "nps", "kind": "nps", "indicator": "recommendation", "words": {"zh": "愿不愿", "en": ""}},
        ],
    },
    context={"own": True},
)  # fmt: skip


def test_every_weak_point_has_its_measure():
    rows = []
    for n in range(30):
        values = {"wait": 3, "staff": 5, "coffee": 2 + n % 2, "name": 1, "nps": 6 if n % 3 else 9}
        scored = score_of(FORM, values)
        rows.append(Row(n, 1, "A", DAY, "link", True, False, values, scored, overall_of(FORM, values), recommend_of(FORM, values)))
    found = weak_points(of_rows(FORM, rows, 30, 30), 30, Bands())
    assert found == [
        Weak("item.social.environment", Fraction(5, 2)), Weak("item.product.timeliness", Fraction(3)),
        Weak("nps", (10 - 20) / 30 * 100), Weak("score", Fraction(23, 8)),
    ]  # fmt: skip
    assert all(measures.known(each.measure) for each in found) and weak_points(of_rows(FORM, rows[:29], 30, 30), 30, Bands()) == []
