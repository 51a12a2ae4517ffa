"""What stands under guard: production, protected things, managed things, and deciding tags."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tools.clouds.resources import Address, Verb
from tools.core.errors import InputError
from tools.core.labels import guarded_keys, is_guarded, lowered, plain_key
from tools.core.settings import LakeSettings
from tools.gate.policy import Policy
from tools.gate.proposals import Target
from tools.gate.roster import APPROVERS, ENV, OWNED_BY, is_budget
from tools.gate.world import Deed, Sight

TAG = "tag:"  # how facts name a tag
LONGEST = 80  # characters of a text from outside in a sentence

# Tags by which a manager knows its machines: without them one could be stopped past it.
MANAGERS_TAGS = (
    "aws-*",
    "awsbatch*",
    "parallelcluster-*",
    "elasticmapreduce-*",
    "elasticbeanstalk-*",
    "sagemaker-*",
    "eks-*",
    "alpha-eksctl-*",
    "ebs-csi-*",
    "k8s-*",
    "kubernetes-*",
    "node-kubernetes-*",
    "topology-kubernetes-*",
    "karpenter-*",
    "goog-*",
    "gke-*",
)
_INSTEAD: Mapping[str, str] = {
    "auto scaling group": "scale the group instead",
    "instance group": "scale the group instead",
    "eks": "scale the node group instead",
    "node": "scale the node group instead",
    "kubernetes": "change it in the cluster instead",
    "batch": "end its job, or scale the compute environment instead",
    "parallelcluster": "change the cluster's queue instead",
    "cloudformation": "change the stack instead",
}


def guarded_tags(policy: Policy, settings: LakeSettings) -> frozenset[str]:
    """The tag keys, in plain form, that only an admin's approval sets, changes or removes.

    All that a dimension reads on which a decision hangs (environment, owner, and every dimension
    that a rule has a condition on), all that protects or says who manages a thing, and policy's
    own `admin_tags`. Compare with `tools.core.labels.is_guarded`.
    """
    decide = {ENV, OWNED_BY, *(f.dimension for rule in policy.rules for f in rule.where)}
    protect = {tag.partition("=")[0] for tag in policy.protected_tags}
    written = {plain_key(key) for key in (*protect, *policy.admin_tags)}
    return frozenset({*guarded_keys(settings, dimensions=decide), *written, *MANAGERS_TAGS})


def guarded_changes(guarded: Collection[str], deed: Deed) -> tuple[str, ...]:
    """What a deed changes of guarded things, as sentences name it: `tag env`, `approvers`."""
    keys = [n.removeprefix(TAG) for n in deed.after if n.startswith(TAG)]
    tags = [f"tag {plain(key)}" for key in keys if is_guarded(key, guarded)]
    people = [n for n in (APPROVERS, OWNED_BY) if n in deed.after and is_budget(deed.target)]
    return (*tags, *people)


def production(policy: Policy, sight: Sight) -> str:
    """Why a target counts as production, in a few words; empty where it does not.

    It does unless its environment is one of those that are known not to be.
    """
    env = (sight.labels.get(ENV) or "").strip()
    if not env:
        return "its environment is untagged, which counts as production"
    if lowered(env) in {lowered(name.strip()) for name in policy.production}:
        return f"its environment is {plain(env)}"
    if lowered(env) in {lowered(name.strip()) for name in policy.environments}:
        return ""
    return f"its environment “{plain(env)}” is not known, which counts as production"


def protection(policy: Policy, sight: Sight) -> str:
    """What protects a target, in a few words; empty where nothing does."""
    if sight.protections:
        return plain(sight.protections[0])
    tags = [(n.removeprefix(TAG), v) for n, v in sight.facts.items() if n.startswith(TAG)]
    for key, value in tags:
        if any(_is_tag(wanted, key, value) for wanted in policy.protected_tags):
            return f"tag {plain(key)}"
    return "policy protects its id" if _is_named(policy.protected, sight.target) else ""


def managed(sight: Sight, verb: Verb) -> str:
    """Why a managed thing is not stopped or terminated by itself; empty where it may be."""
    if verb not in (Verb.STOP, Verb.TERMINATE) or not sight.members:
        return ""
    member = plain(sight.members[0])
    low = lowered(member)
    instead = next((text for word, text in _INSTEAD.items() if word in low), "")
    return f"{called(sight)} belongs to {member}; {instead or 'change it there instead'}."


def conditions_on(sight: Sight) -> dict[str, str | None]:
    """Everything a rule can have a condition on: dimensions, and where the thing is."""
    try:
        address = Address.parse(sight.target)
    except InputError:
        return dict(sight.labels)
    place: dict[str, str | None] = {
        "cloud": address.cloud,
        "account_id": address.account,
        "region": address.region,
        "kind": str(address.kind),
    }
    return place | dict(sight.labels)


def effective(target: Target) -> Verb:
    """What a deed counts as: what cannot be taken back is a termination, whatever it is called."""
    return Verb.TERMINATE if target.deed.is_final else target.deed.verb


def called(sight: Sight) -> str:
    """A target's title in a sentence, as data."""
    return f"“{plain(sight.title or sight.target)}”"


def plain(text: str) -> str:
    """A text from outside on one line, without control characters, and not too long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _is_tag(wanted: str, key: str, value: str) -> bool:
    """Whether a tag is the one that `key` or `key=value` means."""
    name, has_value, said = wanted.partition("=")
    is_key = plain_key(name) == plain_key(key)
    return is_key and (not has_value or lowered(said.strip()) == lowered(value.strip()))


def _is_named(patterns: Collection[str], target: str) -> bool:
    """Whether one of the patterns is the id, the cloud's own id in it, or their beginning."""
    full = lowered(target)
    names = {full, full.split("/", 4)[-1], full.rpartition("/")[2]}
    for pattern in map(lowered, patterns):
        start = pattern.removesuffix("*")
        if pattern in names or (pattern != start and any(n.startswith(start) for n in names)):
            return True
    return False
