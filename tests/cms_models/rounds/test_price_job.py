"""The price of a day's rules as a job: minutes at the council's own rate, and nothing proposed."""

import pytest

from cms_models.fields.services import set_rule
from cms_models.jobs import services as jobs
from cms_models.jobs.runner import run_job
from cms_models.rounds.models import PlanRun
from cms_models.rounds.price_job import price_pence
from cms_models.rounds.services.visits import make_visits
from tests.council import TODAY, add_carers

HOME_FIRST = {"organisation_ref": "HF", "pathway": "M", "element_type": "Home First M"}


@pytest.mark.parametrize(
    ("minutes", "hour_pence", "pence"),
    [
        (90, 1500, 2250),  # an hour and a half at £15
        (1, 1530, 26),  # 25.5 pence, half up
        (-1, 1530, -26),
        (0, 1500, 0),
    ],
)
def test_minutes_are_priced_to_the_penny(minutes, hour_pence, pence):
    assert price_pence(minutes, hour_pence) == pence


def test_the_job_prices_the_second_carer_of_a_double_up_and_proposes_nothing(council):
    add_carers(council, 1)
    council.package(1, status="active", pattern="Mon 08:00-09:00 30m x2", **HOME_FIRST)
    make_visits(actor=council.system, first=TODAY, days=1)
    set_rule(actor=council.system, key="rounds.carer_hour_pence", value=2000)
    params = {"on": TODAY.isoformat(), "seconds": 10}
    row = jobs.start_here(actor=council.system, kind="price_rules", params=params)

    run_job(row.pk, heartbeat=False)

    row.refresh_from_db()
    assert row.error == ""
    prices = {price["family"]: price for price in row.result["prices"]}
    assert (row.result["visits_left_out"], row.result["hour_pence"]) == (1, 2000)
    assert prices["double_ups"]["visits"] == 1
    assert prices["double_ups"]["pence"] == price_pence(prices["double_ups"]["idle_minutes"], 2000)
    assert "gaps" not in prices  # nobody has two visits a day
    assert not PlanRun.objects.exists()
