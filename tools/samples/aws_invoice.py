"""What only the payer of Lumen Labs' AWS bill sees: commitments, support, tax, credits."""

from __future__ import annotations

from dataclasses import replace

from tools.core.periods import DAY, Unit, shift
from tools.samples.aws_meters import (
    G5_12,
    M6I,
    P5,
    PAYER,
    PLAN_RESEARCH,
    PLAN_SECOND,
    PLAN_SERVING,
    PROD,
    RESERVED_DB,
)
from tools.samples.charges import Bill, Commitment, Meter, Price, growing, steady
from tools.samples.organisation import HANA, Label


def buy_commitments(bill: Bill) -> None:
    """Savings plans, with what nobody used, and a reserved database paid up front."""

    def lines(plan: Commitment) -> tuple[Meter, Meter]:
        bought = Meter(
            service="Savings Plans for AWS Compute usage", category="Compute",
            description=f"1 year No Upfront {plan.kind}: {plan.name}", price=Price.purchase(1.0),
            unit="Dollars", account=PAYER, region="global", resource=plan.id,
            resource_name=plan.name, resource_type="Savings Plan", sku="ComputeSP-1yr-NoUpfront",
            meter="ComputeSP:1yrNoUpfront", charge="Purchase", frequency="Recurring",
            commitment=plan,
        )  # fmt: skip
        unused = replace(
            bought, description=f"Unused {plan.kind}: {plan.name}", price=Price.unused(1.0),
            charge="Usage", frequency="Usage-Based", pricing="Committed",
            commitment_status="Unused",
        )  # fmt: skip
        return bought, unused

    for plan, after in ((PLAN_RESEARCH, 9999), (PLAN_SECOND, 152)):
        bought, unused = lines(plan)
        bill.commit(bought, unused, per_day=24 * P5.planned, after=after)
    bought, unused = lines(PLAN_SERVING)
    bill.commit(bought, unused, per_day=24 * (6 * G5_12.planned + 14 * M6I.planned) + 31.4)
    upfront = replace(
        bought, service="Amazon Relational Database Service", category="Databases",
        description="1 year All Upfront reserved db.r6g.4xlarge", price=Price.purchase(11_913.60),
        unit="Instances", resource=RESERVED_DB.id, resource_name=RESERVED_DB.name,
        resource_type="Reserved Instance", sku="RDS-RI-1yr-AllUpfront", region="us-east-1",
        meter="HeavyUsage:db.r6g.4xl", frequency="One-Time", commitment=RESERVED_DB,
    )  # fmt: skip
    bill.once(upfront, bill.calendar.today - 240 * DAY, 1)


def adjust(bill: Bill) -> None:
    """Support, tax, credits, and a refund that belongs to an earlier month."""
    support = Meter(
        service="AWS Support (Enterprise)", category="Other", description="AWS Enterprise Support",
        price=Price.plain(1.0), unit="Dollars", account=PAYER, charge="Purchase",
        frequency="Recurring", sku="EnterpriseSupport", meter="Dollar",
    )  # fmt: skip
    bill.daily(support, 372, growing(steady, 0.02))
    tax = replace(
        support, service="Tax", description="US sales tax", price=Price.given(), unit=None,
        charge="Tax", frequency="One-Time", pricing=None, sku=None, meter=None,
    )  # fmt: skip
    credit = replace(
        tax, service="AWS Credits", charge="Credit", description="Migration programme credit"
    )
    first = bill.calendar.first
    for n in range(bill.calendar.months + 1):
        month = shift(first, Unit.MONTH, n)
        bill.once(tax, month, 612.40 + 9.15 * n)
        if n >= bill.calendar.months - 6:
            bill.once(credit, month + 2 * DAY, -2_400)
    label = Label(HANA, "assistant-app", "prod", "web")
    wrong = replace(
        tax, service="AWS Data Transfer", category="Networking", charge="Usage",
        charge_class="Correction", account=PROD, tags=label.aws(), region="us-east-1",
        description="Refund: data transfer out counted twice", frequency="One-Time",
    )  # fmt: skip
    charged = shift(bill.calendar.today.replace(day=1), Unit.MONTH, -3) + 14 * DAY
    bill.once(
        wrong, charged, -4_812.36, billing_period=shift(charged.replace(day=1), Unit.MONTH, 2)
    )
