"""Budgets as the gate's world: one budget of the ledger, and the cloud's it is linked to.

A linked budget is read, changed in the cloud, read back, and only then committed here. What the
two say is each a fact of its own, so that a change is done when both agree; where they do not,
nothing is written over: a budget can only be set to what the cloud says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from tools.budgets import Budgets, accrued_of, cloud_name, drift_between, of_context, status_of
from tools.clouds.budgets import CloudBudget, new_amount
from tools.clouds.resources import Verb
from tools.core.budget import MOST, Budget, BudgetStatus, Ending, read_target
from tools.core.clock import today
from tools.core.context import Context
from tools.core.errors import InputError, RefusedError, UnavailableError
from tools.core.money import about_text, decimal_text, money_text
from tools.core.query import Op
from tools.gate.budget_ends import (
    BACK,
    UNTIL,
    ending_changes,
    ending_facts,
    ending_notes,
    ending_said,
    is_same_end,
)
from tools.gate.people import Actor
from tools.gate.roster import APPROVERS, OWNED_BY
from tools.gate.world import Deed, Sight

AMOUNT = "amount"
NO_AMOUNT = "0"  # of a budget that is not there yet, or not any more
GATE = Actor("purser", via="gate")
_RAISED = "Raising a budget raises no hard cap: limits and quotas in the clouds stay as they are."
_NO_CAP = "A budget is no hard cap: nothing is stopped when it is spent."
_KEPT_THERE = "The budget in {cloud} that it is linked to stays as it is."
_UNGUARDED = (
    "{cloud} cannot refuse a change because of another one: Purser reads the budget right before "
    "it writes, and what somebody changes there in that moment is written over."
)


@dataclass(frozen=True, slots=True)
class BudgetWorld:
    """A `World` of budgets.

    Args:
        context: budgets, bills and clock, under no scope: a card tells how the whole budget stands.
    """

    context: Context

    def look(self, target: str, *, with_use: bool = False) -> Sight:
        """A budget as it is now, here and in the cloud it is linked to.

        Args:
            target: `budget/<id>`; of a new one, what it will be: `budget/new/…`.
            with_use: of no meaning for a budget.
        """
        named, found = self._find(target)
        budget = found or (named if isinstance(named, Budget) else None)
        if budget is None:
            return Sight(target=target, title="a budget that is gone", facts={}, is_gone=True)
        facts = dict(_facts(budget, self._in_cloud(budget)))
        if found is None:
            facts[AMOUNT] = NO_AMOUNT
        return Sight(
            target=target,
            title=budget.title,
            facts=facts,
            labels=_labels(budget, is_new=not isinstance(named, str)),
            currency=budget.currency,
            notes=() if found else ("There is no such budget yet: this makes one.",),
        )

    def deed(self, verb: Verb, sight: Sight, *, after: Mapping[str, str | None]) -> Deed:
        """What it takes to set another amount.

        Args:
            verb: only `budget`.
            sight: the budget as it was seen.
            after: the new `amount`; what it is in the cloud may be said, and is the same; and
                the day on which it falls back, `until`.
        """
        if verb is not Verb.BUDGET:
            raise InputError("Of a budget only the amount can be changed.")
        amount, (named, found) = _amount_said(after), self._find(sight.target)
        if not amount:
            return _ending(sight, named, found)
        if found is None:
            return self._making(sight, named, amount, after)
        there, ending = self._in_cloud(found), self._ending(found, amount, after)
        if is_same_end(found, ending):
            _check_amount(amount, sight, there)
        elif there:
            new_amount(amount)
        takes_over = _check_drift(found, there, amount)
        text = f"{amount:f}"
        both = {AMOUNT: text, **({_amount_in(found): text} if there else {})}
        changed = {**both, **ending_changes(found, ending)}
        cloud = cloud_name(found) if there else ""
        notes = [*ending_notes(found, ending, cloud=cloud), *self._notes(found, there, amount)]
        undo = None if takes_over else Verb.BUDGET
        return Deed(verb=verb, target=sight.target, after=changed, undo=undo, notes=tuple(notes))

    def rehearse(self, deed: Deed, sight: Sight) -> bool:
        """Whether it would work; a cloud cannot be asked that of a budget."""
        _, found = self._find(deed.target)
        return found is None or found.link is None

    def act(self, deed: Deed, sight: Sight) -> None:
        """Set the amount, in the cloud first where it is linked.

        Raises:
            RefusedError: it reads otherwise than it was seen; nothing was done.
            UnavailableError: whether it was done is not known until it is looked at.
        """
        try:
            self._act(deed, sight)
        except InputError as error:  # what makes no sense is not begun
            raise RefusedError(error.sentence) from error

    def _act(self, deed: Deed, sight: Sight) -> None:
        named, found = self._find(deed.target)
        amount, records = _amount_said(deed.after), self._budgets.records
        if found is None:
            if not isinstance(named, Budget) or not amount:
                raise RefusedError("There is no such budget any more; nothing was changed.")
            records.create(replace(named, amount=amount), actor=GATE, deed=deed.key)
            return
        there = self._in_cloud(found)
        if dict(_facts(found, there)) != dict(sight.facts):
            raise RefusedError(f"The budget for {found.title} was changed meanwhile.")
        if not amount:
            records.retire(found, actor=GATE, deed=deed.key)
            return
        ending = self._ending(found, amount, deed.after)
        ending = replace(ending, deed=deed.key) if ending else None
        new = replace(found, amount=amount, ending=ending)
        if there is None:
            records.change(new, was=found, actor=GATE, deed=deed.key)
        else:
            self._change_both(new, there, was=found, deed=deed)

    def _change_both(self, new: Budget, there: CloudBudget, *, was: Budget, deed: Deed) -> None:
        if there.amount != new.amount:
            there = self._changed(new, there)
        wrong = drift_between(new, there)
        if wrong:
            raise UnavailableError(f"The budget was changed, and reads otherwise. {wrong}")
        try:
            self._budgets.records.change(new, was=was, actor=GATE, deed=deed.key)
        except (RefusedError, InputError) as error:  # the cloud has it: no refusal any more
            raise UnavailableError(error.sentence) from error

    def _changed(self, new: Budget, there: CloudBudget) -> CloudBudget:
        """The cloud's budget as it reads after the change, also where the answer was lost."""
        cloud = self._budgets.cloud(new)
        try:
            return cloud.change(there.link, new.amount, expected=there)
        except UnavailableError:
            pass
        try:
            return cloud.read(there.link)
        except (RefusedError, InputError) as error:  # it may be changed for all that
            raise UnavailableError(error.sentence) from error

    def _ending(
        self, was: Budget, amount: Decimal, after: Mapping[str, str | None]
    ) -> Ending | None:
        return ending_said(after, was=was, amount=amount, today=today(self.context.clock))

    def _making(
        self, sight: Sight, named: str | Budget, amount: Decimal, said: Mapping[str, str | None]
    ) -> Deed:
        if not isinstance(named, Budget):
            raise InputError("There is no such budget any more; take one from /budget.")
        if said.get(UNTIL) is not None:
            raise InputError("A new budget has nothing to fall back to; set it without an end.")
        notes = tuple(self._notes(replace(named, amount=Decimal(0)), None, amount))
        after = {AMOUNT: f"{amount:f}"}
        return Deed(
            verb=Verb.BUDGET, target=sight.target, after=after, undo=Verb.BUDGET, notes=notes
        )

    def _notes(self, was: Budget, there: CloudBudget | None, amount: Decimal) -> Iterator[str]:
        """What the change does to share and forecast, and what it does not do."""
        status = status_of(replace(was, amount=amount), context=self.context)
        yield from _share_note(was, status)
        if accrual := accrued_of(was, context=self.context):
            yield f"In no figure above: {accrual.text[0].lower()}{accrual.text[1:]}"
        yield from _forecast_note(was, status)
        yield _RAISED if was.amount and amount > was.amount else _NO_CAP
        if there is None:
            return
        yield from there.notes
        if not there.is_guarded:
            yield _UNGUARDED.format(cloud=cloud_name(was))

    @property
    def _budgets(self) -> Budgets:
        return of_context(self.context)

    def _find(self, target: str) -> tuple[str | Budget, Budget | None]:
        """What a target names, and the kept budget it is."""
        named, records = read_target(target), self._budgets.records
        if isinstance(named, Budget):
            return named, records.of(named.scope, named.period)
        return named, records.find(named)

    def _in_cloud(self, budget: Budget) -> CloudBudget | None:
        try:
            return self._budgets.in_cloud(budget)
        except InputError as error:  # of a link that was good once
            raise UnavailableError(error.sentence) from error


def _facts(budget: Budget, there: CloudBudget | None) -> Iterator[tuple[str, str]]:
    yield "scope", budget.title.removesuffix(f" a {budget.period}")
    yield "period", budget.period
    yield AMOUNT, f"{budget.amount:f}"
    yield "currency", budget.currency
    yield from ending_facts(budget)
    people = ("owner", budget.owner), ("channel", budget.channel)
    yield from ((name, value) for name, value in people if value)
    if budget.approvers:
        yield APPROVERS, ", ".join(budget.approvers)
    if budget.link is None or there is None:
        return
    name = cloud_name(budget)
    yield "linked to", f"{name} {budget.link.account} {budget.link.name}"
    yield _amount_in(budget), _amount_there(budget, there)
    for what, here, found in (
        ("period", budget.period, there.period),
        ("currency", budget.currency, there.currency),
    ):
        if here != found:
            yield f"{what} in {name}", found or "none"


def _amount_in(budget: Budget) -> str:
    return f"{AMOUNT} in {cloud_name(budget)}"


def _amount_there(budget: Budget, there: CloudBudget) -> str:
    """The cloud's amount; written as ours is where it is the same."""
    if there.amount == budget.amount:
        return f"{budget.amount:f}"
    return decimal_text(there.amount) or "none"


def _labels(budget: Budget, *, is_new: bool) -> dict[str, str | None]:
    """What policy knows of it: values its scope holds to, and whose it is.

    Nobody is made the owner, who may have more rights, by asking for a new budget.
    """
    told: dict[str, list[str | None]] = {}
    for f in budget.scope:
        if f.op is Op.MISSING or (f.op is Op.IS and len(f.values) == 1):
            told.setdefault(f.dimension.lower(), []).append(f.values[0] if f.values else None)
    labels = {name: values[0] for name, values in told.items() if len(values) == 1}
    if budget.owner and not is_new:
        labels[OWNED_BY] = budget.owner
    return labels


def _amount_said(after: Mapping[str, str | None]) -> Decimal:
    amounts = {name: value for name, value in after.items() if name not in (UNTIL, BACK)}
    said = set(amounts.values())
    if AMOUNT not in after or len(said) != 1 or any(not n.startswith(AMOUNT) for n in amounts):
        raise InputError("Say one new amount, such as 20000; nothing else of a budget changes.")
    try:
        amount = Decimal(after[AMOUNT] or "")
    except InvalidOperation:
        raise InputError("That is no amount; write it like 20000.") from None
    if not amount.is_finite() or not 0 <= amount < MOST:
        raise InputError("A budget is more than zero, and less than 1000 trillion.")
    return amount


def _check_amount(amount: Decimal, sight: Sight, there: CloudBudget | None) -> None:
    if there:
        new_amount(amount)
    held = [text for name, text in sight.facts.items() if name.startswith(AMOUNT)]
    if all(_is_same(amount, text) for text in held):
        raise InputError(
            f"The budget for {sight.title} is {money_text(amount, sight.currency)} already."
        )


def _is_same(amount: Decimal, text: str) -> bool:
    try:
        return Decimal(text) == amount
    except InvalidOperation:
        return False


def _check_drift(found: Budget, there: CloudBudget | None, amount: Decimal) -> bool:
    """Whether the change only takes over what the cloud says.

    Raises:
        RefusedError: the cloud says otherwise, and would be written over; or it is fixed there.
    """
    drift = drift_between(found, there) if there else ""
    if not there or (not drift and not there.fixed):
        return False
    if there.amount == amount and not drift_between(replace(found, amount=amount), there):
        return True
    if not drift:
        raise RefusedError(there.fixed)
    how = ""
    if there.amount is not None and there.currency == found.currency:
        how = f" Set it to {decimal_text(there.amount)} to take that over, or change it there."
    raise RefusedError(f"{drift} Nothing is written over.{how}")


def _ending(sight: Sight, named: str | Budget, found: Budget | None) -> Deed:
    """Taking back that a budget was made."""
    if not isinstance(named, Budget) or found is None:
        raise InputError("A budget is more than zero.")
    notes = (_KEPT_THERE.format(cloud=cloud_name(found)),) if found.link else ()
    return Deed(
        verb=Verb.BUDGET,
        target=sight.target,
        after={AMOUNT: NO_AMOUNT},
        loses=f"The budget for {found.title} ends.",
        notes=notes,
    )


def _share_note(was: Budget, status: BudgetStatus) -> Iterator[str]:
    if status.spent is None or status.share is None:
        yield "What is spent of it so far is not known."
        return
    spent, amount = (
        money_text(value, was.currency) for value in (status.spent, status.budget.amount)
    )
    before = f", instead of {_percent(status.spent / was.amount)}" if was.amount else ""
    through = status.complete_through
    days = f" (complete through {through:%b} {through.day})" if through else ""
    yield f"Spent so far: {spent}{days}. Of {amount} that is {_percent(status.share)}{before}."


def _forecast_note(was: Budget, status: BudgetStatus) -> Iterator[str]:
    if status.forecast is None:
        return
    expected = about_text(status.forecast, was.currency)
    now = _against(status.forecast, status.budget.amount, was.currency)
    old = _against(status.forecast, was.amount, was.currency)
    before = f", where it was {old} the old" if was.amount else ""
    likely = f" ({status.likely})" if status.likely else ""
    yield (
        f"The {was.period} is expected to come to about {expected}{likely}, "
        f"an estimate: {now} the new amount{before}."
    )


def _against(forecast: Decimal, amount: Decimal, currency: str) -> str:
    over = forecast - amount
    return f"{about_text(abs(over), currency)} {'over' if over > 0 else 'under'}"


def _percent(share: Decimal) -> str:
    return f"{share * 100:.0f} %"
