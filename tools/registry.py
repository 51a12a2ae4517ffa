"""Every tool by name, explicit. Reading tools answer; proposing tools wait at the gate."""

from __future__ import annotations

from tools.anomalies import find_anomalies
from tools.budgets import list_budgets
from tools.calculation import calculate
from tools.changes import explain_change
from tools.costs import cost_by, dimension_values
from tools.proposing import (
    propose_budget,
    propose_scale,
    propose_schedule,
    propose_start,
    propose_stop,
    propose_tags,
    propose_terminate,
)

READ = (cost_by, explain_change, dimension_values, calculate, list_budgets, find_anomalies)
PROPOSE = (
    propose_stop,
    propose_start,
    propose_scale,
    propose_terminate,
    propose_tags,
    propose_schedule,
    propose_budget,
)
