"""AWS Budgets before moto, which lacks the update: whole budgets replaced, as AWS does it."""

from __future__ import annotations

import botocore.session
from botocore.validate import ParamValidator

from tests.clouds.aws_gateway import Gateway

_TAKEN_BACK = ("CalculatedSpend", "LastUpdatedTime", "HealthStatus")


class AwsBudgetServer:
    """Keeps budgets by name; its answers are checked by the gateway against botocore's model."""

    def __init__(self, gateway: Gateway) -> None:
        self.held: dict[str, dict] = {}
        self.updates: list[dict] = []
        self.meddles = False  # whether AWS changes more than it was asked to
        gateway.answers["budgets.describe_budget"] = self.describe
        gateway.answers["budgets.update_budget"] = self.update

    def put(self, name: str, **more: object) -> None:
        self.held[name] = {
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "20000.0", "Unit": "USD"},
            "TimePeriod": {"Start": 1767225600, "End": 3706473600},
            "CostTypes": {"IncludeTax": True, "UseAmortized": True},
            "CostFilters": {"TagKeyValue": ["user:team$ml"]},
            "CalculatedSpend": {"ActualSpend": {"Amount": "12345.67", "Unit": "USD"}},
            "HealthStatus": {"Status": "HEALTHY"},
            **more,
        }

    def describe(self, asked: dict, region: str) -> dict | None:
        found = self.held.get(asked["BudgetName"])
        if found is None:
            return None  # moto's own NotFoundException
        hidden = () if asked.get("ShowFilterExpression") else ("FilterExpression",)
        return {"Budget": {key: value for key, value in found.items() if key not in hidden}}

    def update(self, asked: dict, region: str) -> dict:
        new = asked["NewBudget"]
        model = botocore.session.get_session().get_service_model("budgets")
        shape = model.operation_model("UpdateBudget").input_shape
        report = ParamValidator().validate(asked, shape)
        assert not report.has_errors(), report.generate_report()
        assert not [key for key in _TAKEN_BACK if key in new]
        assert not ("FilterExpression" in new and "CostFilters" in new)
        self.updates.append(new)
        spend = {"ActualSpend": {"Amount": "0.0", "Unit": new["BudgetLimit"]["Unit"]}}
        self.held[new["BudgetName"]] = {**new, "CalculatedSpend": spend}
        if self.meddles:
            self.held[new["BudgetName"]]["TimeUnit"] = "ANNUALLY"
        return {}
