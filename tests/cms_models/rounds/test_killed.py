"""kill -9 in the middle of a plan: no half plan, a job that says so, and a second go."""

from pathlib import Path

from cms_models.fields.services import set_rule
from cms_models.jobs.services import start_here
from cms_models.rounds.services.visits import make_visits
from tests.council import TODAY, Council, add_carers
from tests.killing import (
    INTERRUPTED,
    copied_database,
    count,
    kill_in_the_middle,
    sweep_and_run_again,
)


def test_kill_9_while_a_plan_is_kept_leaves_no_half_plan_and_can_be_run_again(
    council: Council, tmp_path: Path
):
    add_carers(council)
    council.package(
        1, status="active", organisation_ref="HF", pathway="M", element_type="Home First M"
    )
    set_rule(actor=council.system, key="rounds.seconds", value=1)
    make_visits(actor=council.system, first=TODAY, days=1)
    params = {"on": TODAY.isoformat(), "seed": 1}
    job = start_here(actor=council.system, kind="plan_rounds", params=params)
    copied_database(tmp_path)

    kill_in_the_middle(tmp_path, job=job.pk, writer="planning.record")

    assert count(tmp_path, "rounds_planrun") == count(tmp_path, "rounds_stop") == 0
    assert sweep_and_run_again(tmp_path, job=job.pk) == INTERRUPTED
    assert (count(tmp_path, "rounds_planrun"), count(tmp_path, "rounds_stop")) == (1, 1)
