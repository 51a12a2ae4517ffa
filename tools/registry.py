"""Every tool by name, explicit. Reading tools answer; proposing tools will act through a gate."""

from __future__ import annotations

from tools.calculation import calculate
from tools.changes import explain_change
from tools.costs import cost_by, dimension_values

READ = (cost_by, explain_change, dimension_values, calculate)
