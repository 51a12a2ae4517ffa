"""How many GPUs a rented machine has, for bills that name the machine and not its GPUs."""

from __future__ import annotations

import re
from collections.abc import Mapping

# AWS: family and size. Sizes that are not listed have one.
_AWS: Mapping[str, Mapping[str, int]] = {
    "p3": {"2xlarge": 1, "8xlarge": 4, "16xlarge": 8},
    "p3dn": {"24xlarge": 8},
    "p4d": {"24xlarge": 8},
    "p4de": {"24xlarge": 8},
    "p5": {"4xlarge": 1, "48xlarge": 8},
    "p5e": {"48xlarge": 8},
    "p5en": {"48xlarge": 8},
    "p6-b200": {"48xlarge": 8},
    "p6-b300": {"48xlarge": 8},
    "p6e-gb200": {"36xlarge": 4},
    "g4dn": {"12xlarge": 4, "metal": 8},
    "g4ad": {"8xlarge": 2, "16xlarge": 4},
    "g5": {"12xlarge": 4, "24xlarge": 4, "48xlarge": 8},
    "g5g": {"16xlarge": 2, "metal": 2},
    "g6": {"12xlarge": 4, "24xlarge": 4, "48xlarge": 8},
    "g6e": {"12xlarge": 4, "24xlarge": 4, "48xlarge": 8},
    "gr6": {},
}
# Azure: Standard_<size>; the number of GPUs of each size.
_AZURE: Mapping[str, int] = {
    "nc6": 1,
    "nc12": 2,
    "nc24": 4,
    "nc24r": 4,
    "nc6s_v2": 1,
    "nc12s_v2": 2,
    "nc24s_v2": 4,
    "nc24rs_v2": 4,
    "nc6s_v3": 1,
    "nc12s_v3": 2,
    "nc24s_v3": 4,
    "nc24rs_v3": 4,
    "nc4as_t4_v3": 1,
    "nc8as_t4_v3": 1,
    "nc16as_t4_v3": 1,
    "nc64as_t4_v3": 4,
    "nc24ads_a100_v4": 1,
    "nc48ads_a100_v4": 2,
    "nc96ads_a100_v4": 4,
    "nc40ads_h100_v5": 1,
    "ncc40ads_h100_v5": 1,
    "nc80adis_h100_v5": 2,
    "nd6s": 1,
    "nd12s": 2,
    "nd24s": 4,
    "nd24rs": 4,
    "nd40rs_v2": 8,
    "nd96asr_v4": 8,
    "nd96amsr_a100_v4": 8,
    "nd96is_h100_v5": 8,
    "nd96isr_h100_v5": 8,
    "nd96isr_h200_v5": 8,
    "nd128isr_gb200_v6": 4,
    "nd128isr_ndr_gb200_v6": 4,
}
_GOOGLE_COUNTED = re.compile(r"(?:a2|a3|a4|a4x)-[a-z]+-(\d+)g(?:-\w+)?\Z")
_GOOGLE_G2: Mapping[str, int] = {"24": 2, "48": 4, "96": 8}


def gpus_of(instance_type: str) -> int | None:
    """The number of GPUs in an instance type; None where it has none or is not known."""
    kind = instance_type.strip().lower()
    family, dot, size = kind.removeprefix("ml.").partition(".")
    if dot:
        sizes = _AWS.get(family)
        return None if sizes is None else sizes.get(size, 1)
    if kind.startswith(("a2-", "a3-", "a4-", "a4x-")):
        match = _GOOGLE_COUNTED.match(kind)
        return int(match[1]) if match else None
    if kind.startswith("g2-standard-"):
        return _GOOGLE_G2.get(kind.rsplit("-", 1)[-1], 1)
    return _AZURE.get(kind.removeprefix("standard_"))
