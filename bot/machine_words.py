"""What runs and what is idle, in words and as a table: the same on every surface."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from bot.cells import UNKNOWN, Cells, Column, harmless
from bot.figures import age_text, clean, name_text
from tools.clouds.resources import Kind, Resource, State
from tools.core.machines import Idleness, Machine, Machines
from tools.core.money import decimal_text, money_text

IDLE = (Idleness.IDLE, Idleness.ZOMBIE)
WHO = ("team", "owner")  # the dimensions people look for, where they are configured
_KINDS = {
    Kind.INSTANCE: "machine",
    Kind.GROUP: "group",
    Kind.NOTEBOOK: "notebook",
    Kind.ENDPOINT: "endpoint",
    Kind.TRAINING: "training job",
    Kind.DISK: "disk",
}


def is_idle_list(found: Machines) -> bool:
    """Whether it was asked what is idle, and not only what runs."""
    return found.hours > 0


def machines_opening(found: Machines) -> tuple[str, str]:
    """The number, and the sentence it begins."""
    return _idle_opening(found) if is_idle_list(found) else _list_opening(found)


def machines_title(found: Machines) -> str:
    """A heading: `Idle machines · last 6 h`."""
    if not is_idle_list(found):
        return "What is running"
    return f"GPU use · last {hours_text(found.hours)}"


def machines_remarks(found: Machines) -> tuple[str, ...]:
    """What a reader must know besides."""
    remarks = list(found.notes)
    if found.unpriced:
        those = "1 of them has" if found.unpriced == 1 else f"{found.unpriced} of them have"
        remarks.append(f"{those} no known price and {_is_are(found.unpriced)} not in the sum.")
    return tuple(clean_line(remark) for remark in remarks)


def machines_source(found: Machines, *, now: datetime) -> str:
    """`Asked the clouds just now · prices: your bill of Nov 19`."""
    prices = list(dict.fromkeys(m.price_from for m in found.machines if m.price_from))
    parts = [f"Asked the clouds {age_text(now - found.as_of)}"]
    if prices:
        more = f" and {len(prices) - 2} more" if len(prices) > 2 else ""
        parts.append(f"prices: {'; '.join(map(clean, prices[:2]))}{more}")
    return " · ".join(parts)


def machine_cells(found: Machines) -> Cells:
    """A line for each; the number in front is what `/gpu stop #2` means."""
    is_idle = is_idle_list(found)
    who = [name for name in WHO if any(name in m.labels for m in found.machines)]
    columns = [Column("#", is_number=True), Column("Name"), Column("What")]
    columns += [Column("Idle for" if is_idle else "State"), Column("An hour", is_number=True)]
    columns += [Column("Wasted", is_number=True)] if is_idle else []
    columns += [Column(name[:1].upper() + name[1:]) for name in who] + [Column("Id")]
    rows = []
    for number, machine in enumerate(found.machines, 1):
        state = idle_text(machine, found.as_of) if is_idle else state_text(machine.resource)
        texts = [str(number), title_of(machine.resource), what_text(machine.resource), state]
        texts.append(money(machine.hourly, machine.currency))
        texts += [money(machine.wasted, machine.currency)] if is_idle else []
        texts += [name_text(machine.labels.get(name), name) for name in who]
        rows.append((*texts, clean(machine.resource.address.name)))
    return Cells(tuple(columns), tuple(rows))


def machines_csv(found: Machines) -> str:
    """All of them with all that is known, as CSV with raw decimals."""
    names = list(dict.fromkeys(name for m in found.machines for name in m.labels))
    out = io.StringIO()
    writer = csv.writer(out)
    heading = ["id", "name", "kind", "type", "gpu", "gpus", "state", "launched", "hourly"]
    heading += ["currency", "price_from", "idleness", "idle_since", "wasted", "sureness", *names]
    writer.writerow([harmless(name) for name in heading])
    for m in found.machines:
        r = m.resource
        launched = r.launched.isoformat() if r.launched else ""
        since = m.idle_since.isoformat() if m.idle_since else ""
        facts = [r.id, r.name, r.address.kind, r.type, r.gpu, str(r.gpus), r.state, launched]
        facts += [decimal_text(m.hourly) or "", m.currency, m.price_from, m.idleness, since]
        facts += [decimal_text(m.wasted) or "", m.sureness]
        facts += [m.labels.get(name) or "" for name in names]
        writer.writerow([harmless(fact) for fact in facts])
    return out.getvalue()


def title_of(resource: Resource) -> str:
    """What people call it: its name, else the cloud's id."""
    return clean(resource.name) or clean(resource.address.name)


def what_text(resource: Resource) -> str:
    """`8× A100 · p4d.24xlarge`, `disk · 500 GB`."""
    kind = _KINDS[resource.address.kind]
    parts = [] if resource.address.kind is Kind.INSTANCE else [kind]
    if resource.gpu:
        count = f"{resource.gpus}× " if resource.gpus > 1 else ""
        parts.append(f"{count}{clean(resource.gpu)}")
    if resource.type:
        parts.append(clean(resource.type))
    if resource.size_gb:
        parts.append(f"{resource.size_gb:,} GB")
    if resource.capacity:
        parts.append(f"{resource.capacity.desired} of {resource.capacity.maximum}")
    return " · ".join(parts) or kind


def state_text(resource: Resource) -> str:
    """`running`, and what else bears on the bill."""
    extra = " (spot)" if resource.is_spot else ""
    return f"{resource.state.value}{extra}"


def idle_text(machine: Machine, now: datetime) -> str:
    """`3 days`; where it was not measured, that."""
    if machine.idleness is Idleness.UNKNOWN:
        return "not measured"
    if machine.idle_since is None:
        return machine.idleness.value
    return age(now - machine.idle_since)


def age(span: timedelta) -> str:
    """`40 min`, `7 h`, `3 days`."""
    return age_text(span).removesuffix(" ago").replace("just now", "1 min")


def kept_text(until: datetime) -> str:
    """`kept until Fri, Nov 28`."""
    return f"kept until {until:%a, %b} {until.day}"


def hours_text(hours: float) -> str:
    """`6 h`, `1.5 h`."""
    return f"{hours:g} h"


def money(amount: Decimal | None, currency: str) -> str:
    """An amount; a dash where none is known."""
    return UNKNOWN if amount is None else money_text(amount, currency)


def sums_text(sums: Mapping[str, Decimal]) -> str:
    """`$131.07`; currencies that stay apart beside each other."""
    found = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return " and ".join(money_text(amount, currency) for currency, amount in found)


def clean_line(text: str) -> str:
    """A sentence on one line; longer than a name may be."""
    return " ".join(clean(word) for word in text.split())


def counted(count: int, word: str = "machine") -> str:
    """`1 machine`, `3 machines`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _list_opening(found: Machines) -> tuple[str, str]:
    running = [m for m in found.machines if m.resource.state is State.RUNNING]
    others = len(found.machines) - len(running)
    if not found.machines:
        return "Nothing", f" runs{_where(found)}, as far as I may look."
    stopped = f"; {others} more {'does' if others == 1 else 'do'} not run" if others else ""
    if not found.hourly:
        return counted(len(running)), f" running{_where(found)}{stopped}. No price is known."
    number = f"{sums_text(found.hourly)} an hour"
    return number, f" for {counted(len(running))} running{_where(found)}{stopped}."


def _idle_opening(found: Machines) -> tuple[str, str]:
    idle = [m for m in found.machines if m.idleness in IDLE]
    unknown = _unknown(found.unknown)
    if not idle:
        among = f" among {counted(found.looked_at, 'GPU machine')}" if found.looked_at else ""
        return "Nothing", f" is idle{_where(found)}{among}.{unknown}"
    cost = f" at {sums_text(found.hourly)} an hour" if found.hourly else ""
    wasted = f", about {sums_text(found.wasted)} wasted so far" if found.wasted else ""
    number = f"{len(idle)} idle"
    return number, f"{_where(found)}{cost}{wasted}.{unknown}"


def _unknown(count: int) -> str:
    if not count:
        return ""
    those = "1 more is" if count == 1 else f"{count} more are"
    return f" {those} not measured: neither idle nor busy, as far as I know."


def _where(found: Machines) -> str:
    _, has, where = found.asked.partition("where ")
    return f" where {clean_line(where)}" if has else ""


def _is_are(count: int) -> str:
    return "is" if count == 1 else "are"
