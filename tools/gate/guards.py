"""What stands under guard: production, protected things, managed things, and deciding tags."""

from __future__ import annotations

from tools.core.settings import LakeSettings
from tools.gate.policy import Policy


def guarded_tags(policy: Policy, settings: LakeSettings) -> frozenset[str]:
    """The tag keys, in plain form, that only an admin's approval sets, changes or removes.

    All that a dimension reads on which a decision hangs (environment, owner, and every dimension
    that a rule has a condition on), all that protects, and policy's own `admin_tags`. Compare
    with `tools.core.labels.is_guarded`.
    """
    raise NotImplementedError
