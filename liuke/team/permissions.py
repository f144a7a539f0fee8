"""Who may do what: one table, asked by every door.

A permission says whether the *kind* of act is open to a role; *which* customers it reaches is `visible_to(user)`.
"""

from liuke.kernel.refusal import Refused
from liuke.team.labels import Role
from liuke.team.models import User

REP, AGENT, SUPERVISOR = Role.REP, Role.AGENT, Role.SUPERVISOR
ANALYST, CUSTODIAN, MANAGER, ADMIN = Role.ANALYST, Role.CUSTODIAN, Role.MANAGER, Role.ADMIN
EVERYONE = frozenset(Role)
WITH_CUSTOMERS = EVERYONE - {ADMIN}

PERMISSIONS: dict[str, frozenset[Role]] = {
    "anyone": EVERYONE,  # signed in, nothing of customers on the page
    "customer.read": WITH_CUSTOMERS,
    "customer.create": frozenset({REP, AGENT, SUPERVISOR, MANAGER, CUSTODIAN}),
    "customer.edit": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "customer.transfer": frozenset({SUPERVISOR, MANAGER}),
    "card.check_out": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "check_out.oversee": frozenset({SUPERVISOR, MANAGER, CUSTODIAN}),
    "deal.create": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "interaction.create": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "event.record": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "talk.note": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "talk.read": frozenset({REP, AGENT, SUPERVISOR, ANALYST, MANAGER}),  # the own ones; who oversees the day: everybody's in sight
    "need.record": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "case.read": WITH_CUSTOMERS,
    "case.write": frozenset({REP, AGENT, SUPERVISOR, ANALYST, MANAGER}),
    "case.publish": frozenset({SUPERVISOR, ANALYST, MANAGER}),
    "practice.do": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),  # play, tick, look at oneself; results of others: practice.oversee
    "practice.oversee": frozenset({SUPERVISOR, ANALYST, MANAGER}),
    "view.save": WITH_CUSTOMERS,
    "promise.make": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "promise.read": frozenset({REP, AGENT, SUPERVISOR, MANAGER, ANALYST}),
    "promise.approve": frozenset({SUPERVISOR, MANAGER}),  # up to the role's own limit; and act on a colleague's promise
    "complaint.read": frozenset({REP, AGENT, SUPERVISOR, ANALYST, MANAGER}),
    "complaint.enter": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "complaint.handle": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),  # a salesperson only what he owns or helps with
    "complaint.oversee": frozenset({SUPERVISOR, MANAGER}),  # back to ordinary, end a crisis, backdate
    "complaint.approve": frozenset({SUPERVISOR, MANAGER}),  # compensation above a colleague's limit, up to the role's own
    "complaint.figures": frozenset({AGENT, SUPERVISOR, ANALYST, MANAGER}),
    "complaint.manage": frozenset({ANALYST, MANAGER, ADMIN}),  # opening hours
    "improvement.read": frozenset({REP, AGENT, SUPERVISOR, ANALYST, MANAGER}),  # a salesperson only those he does something in
    "improvement.manage": frozenset({SUPERVISOR, ANALYST, MANAGER}),  # open, plan, check and end a cycle
    "angle.read": frozenset({SUPERVISOR, ANALYST, MANAGER}),
    "angle.fill": frozenset({REP, AGENT, SUPERVISOR, ANALYST, MANAGER}),  # one's own unit as staff; a mystery visit: angle.read
    "supervision.read": frozenset({SUPERVISOR, MANAGER}),
    "today.work": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "today.oversee": frozenset({SUPERVISOR, MANAGER, ANALYST}),
    "visit.plan": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "visit.read": frozenset({REP, AGENT, SUPERVISOR, MANAGER, ANALYST}),
    "visit.oversee": frozenset({SUPERVISOR, MANAGER, ANALYST}),  # the weeks of those below
    "area.manage": frozenset({SUPERVISOR, MANAGER}),
    "cockpit.read": frozenset({MANAGER, SUPERVISOR, ANALYST}),
    "insight.run": frozenset({ANALYST, MANAGER}),
    "playbook.read": frozenset({REP, AGENT, SUPERVISOR, ANALYST, MANAGER}),
    "playbook.edit": frozenset({ANALYST, MANAGER}),
    "offer.ask": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "offer.decide": frozenset({SUPERVISOR, MANAGER}),  # what goes beyond a colleague's own limit
    "effect.keep": frozenset({ANALYST, MANAGER}),
    "effect.read": frozenset({ANALYST, MANAGER, SUPERVISOR}),
    "trial.manage": frozenset({ANALYST, MANAGER}),  # open and end a round in which some customers are left alone
    "import.load": frozenset({ANALYST, CUSTODIAN, SUPERVISOR, MANAGER}),
    "export.ask": frozenset({SUPERVISOR, ANALYST, CUSTODIAN, MANAGER, ADMIN}),  # each list has its own permission beside it
    "export.clear": frozenset({SUPERVISOR, CUSTODIAN, MANAGER}),  # ask for whole numbers; always approved by somebody else
    "export.approve": frozenset({CUSTODIAN, MANAGER}),
    "mailing.make": frozenset({SUPERVISOR, ANALYST, MANAGER}),  # whole addresses: always approved by somebody else
    "mailing.read": frozenset({SUPERVISOR, ANALYST, CUSTODIAN, MANAGER}),
    "duplicates.merge": frozenset({CUSTODIAN, MANAGER}),
    "verification.read": frozenset({SUPERVISOR, ANALYST, CUSTODIAN, MANAGER}),
    "verification.check": frozenset({ANALYST, MANAGER}),
    "pool.claim": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),
    "segment.save": WITH_CUSTOMERS,
    "bulk.edit": frozenset({SUPERVISOR, MANAGER}),
    "consent.record": frozenset({REP, AGENT, SUPERVISOR, MANAGER, CUSTODIAN}),
    "privacy.manage": frozenset({CUSTODIAN, MANAGER}),  # a person's own file, erasure, retention
    "care.read": frozenset({REP, AGENT, SUPERVISOR, ANALYST, MANAGER}),
    "care.manage": frozenset({ANALYST, MANAGER}),  # which days are kept, how, in which words
    "care.gather": frozenset({AGENT, SUPERVISOR, MANAGER}),  # make and cancel a social event
    "care.invite": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),  # ask one's customers to it, say who came
    "survey.read": frozenset({AGENT, SUPERVISOR, ANALYST, MANAGER}),  # waves, results, answers of customers in sight
    "survey.edit": frozenset({ANALYST, MANAGER}),  # write questionnaires, draw, open and close waves
    "survey.ask": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),  # send one's customers a link, read the questions out
    "churn.read": frozenset({SUPERVISOR, ANALYST, MANAGER}),  # the books of losses, by name, within one's sight
    "churn.reason": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),  # write down why somebody left
    "winback.read": frozenset({REP, AGENT, SUPERVISOR, ANALYST, MANAGER}),
    "winback.work": frozenset({REP, AGENT, SUPERVISOR, MANAGER}),  # the own cases
    "winback.oversee": frozenset({SUPERVISOR, MANAGER}),  # everybody's in sight; what goes beyond a colleague's own limit
    "winback.let_go": frozenset({MANAGER}),  # give up a customer who harms the company
    "folk.edit": frozenset({ANALYST, MANAGER}),  # the trade's reference numbers
    "survey.list": frozenset({REP, AGENT, SUPERVISOR, ANALYST, MANAGER}),  # who is asked in a wave, of one's own customers
    "audit.read": frozenset({CUSTODIAN, MANAGER, ADMIN}),
    "calendar.manage": frozenset({ANALYST, ADMIN}),
    "team.manage": frozenset({ADMIN}),
    "notify.manage": frozenset({ADMIN}),  # ways out of the house: mail and group robots
}


def may(user: object, permission: str) -> bool:
    """Whether a signed-in, active user's role holds the permission. An unknown permission is a programming error (KeyError)."""
    roles = PERMISSIONS[permission]
    return isinstance(user, User) and user.is_active and user.role in roles


def require(user: object, permission: str) -> None:
    """Raise Refused("permission") unless `may`."""
    if not may(user, permission):
        raise Refused("permission", "您的岗位不能做这件事。")
