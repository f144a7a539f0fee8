"""What runs by itself for complaints, satisfaction, churn and improvement: thin calls, as in jobs.tasks."""

from datetime import date

from django_tasks import task

from liuke.churn import keeping as churn_books
from liuke.churn import nightly as winning_back
from liuke.complaints import learning
from liuke.complaints import minutely as complaints
from liuke.improvement import nightly as improvement
from liuke.kernel import clock
from liuke.satisfaction import interviews, sending, settling


@task()
def keep_books() -> int:
    """The books of losses and returns as they follow from what is known now. How many customers' past came out otherwise."""
    return churn_books.keep().changed


@task()
def win_back(as_of: str = "") -> int:
    """Who came back, what he brought, whom to try again, whom to begin with (ISO date; today when empty). How many were proposed."""
    return winning_back.run(date.fromisoformat(as_of) if as_of else None).proposed


@task()
def tend_complaints() -> int:
    """Limits of complaints that have passed go up, call-backs whose day has come are brought to mind. How many limits."""
    return complaints.run().told


@task()
def learn_complaints() -> int:
    """A model of the complaints people have confirmed, to read new ones with. Of how many; 0 while there are too few."""
    made = learning.train()
    return made.cases if made else 0


@task()
def settle_answers() -> int:
    """What customers answered becomes facts on their cards, and a low answer a follow-up. How many answers."""
    return settling.settle().answers


@task()
def tend_surveys() -> int:
    """Interviews with key customers that are due, and word to whoever has customers to remind. How many interviews."""
    sending.tell_reminders(clock.today())
    return interviews.plan(clock.today())


@task()
def mind_improvement() -> int:
    """Owners of improvement cycles hear that the check is due, or that they are late. How many were told."""
    return improvement.run(clock.today())
