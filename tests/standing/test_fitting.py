"""What a fit keeps, and what a page reads of it."""

import json
from datetime import timedelta

from liuke.analytics.churn.renewal import renewals
from liuke.analytics.days import day_number
from liuke.deals.models import Contract
from liuke.packs.loader import load_pack
from liuke.standing.actions import run
from liuke.standing.models import ChurnFit
from liuke.standing.queries import current_run
from liuke.standing.reading import contracts_table
from tests.standing.conftest import AS_OF, insured

AUTO = load_pack("auto_dealer")


def test_a_fit_keeps_the_renewals_of_its_day(bought):
    renewed, left, later = bought("张书远", 356), bought("李秋华", 356), bought("王明", 356)
    insured(renewed, -400), insured(renewed, -35), insured(renewed, 330)
    insured(left, -40)
    insured(later, 100)
    Contract.objects.create(customer=later, kind="insurance", starts_on=AS_OF + timedelta(days=101), ends_on=AS_OF + timedelta(days=465))
    run(AS_OF, AUTO)
    (kept,) = ChurnFit.objects.values_list("renewals", flat=True)
    everybody = contracts_table([renewed.pk, left.pk, later.pk])
    assert kept == json.loads(renewals(everybody, day_number(AS_OF), AUTO.thresholds.contract_grace_days).to_json())
    (insurance,) = kept["kinds"]
    assert [(row["at_risk"], row["lost"]) for row in insurance["terms"]] == [(2, 1), (1, 0)]
    assert (insurance["why"], insurance["renewed_ahead"]) == ("few_customers", 1)


def test_without_contracts_there_are_no_kinds(bought):
    bought("张书远", 356, 212)
    run(AS_OF, AUTO)
    assert ChurnFit.objects.get().renewals == {"as_of_day": day_number(AS_OF), "grace": 30, "kinds": []}


def test_a_page_reads_the_large_parts_only_when_it_asks(bought, django_assert_num_queries):
    bought("张书远", 356, 212)
    run(AS_OF, AUTO)
    with django_assert_num_queries(1):
        newest = current_run()
        assert newest.fit.key == "band" and newest.fit.customers == 1
    assert newest.fit.get_deferred_fields() == {"chosen", "renewals"}
    with django_assert_num_queries(1):
        assert newest.fit.renewals["kinds"] == []
