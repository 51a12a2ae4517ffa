"""What GPU machines cost on demand at list price, for those that no bill has named yet.

US dollars an hour, Linux, on demand, in AWS us-east-1 and Google us-central1, as of `DATED`; other
regions cost more or less. Google lists machine and GPUs apart, and its machine rows alone are a
fraction of the price: here they are together, with the local SSDs that a machine always has.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

DATED = date(2025, 11, 1)
CURRENCY = "USD"
HOURS_A_MONTH = 730  # the clouds' own convention

_AWS = """
p3.2xlarge 3.06, p3.8xlarge 12.24, p3.16xlarge 24.48, p3dn.24xlarge 31.212,
p4d.24xlarge 21.957642, p4de.24xlarge 27.44705,
p5.4xlarge 6.88, p5.48xlarge 55.04, p5en.48xlarge 63.296, p6-b200.48xlarge 113.9328,
g4dn.xlarge 0.526, g4dn.2xlarge 0.752, g4dn.4xlarge 1.204, g4dn.8xlarge 2.176,
g4dn.12xlarge 3.912, g4dn.16xlarge 4.352, g4dn.metal 7.824,
g5.xlarge 1.006, g5.2xlarge 1.212, g5.4xlarge 1.624, g5.8xlarge 2.448, g5.12xlarge 5.672,
g5.16xlarge 4.096, g5.24xlarge 8.144, g5.48xlarge 16.288,
g6.xlarge 0.8048, g6.2xlarge 0.9776, g6.4xlarge 1.3232, g6.8xlarge 2.0144, g6.12xlarge 4.6016,
g6.16xlarge 3.3968, g6.24xlarge 6.6752, g6.48xlarge 13.3504,
g6e.xlarge 1.861, g6e.2xlarge 2.24208, g6e.4xlarge 3.00424, g6e.8xlarge 4.52856,
g6e.12xlarge 10.49264, g6e.16xlarge 7.57719, g6e.24xlarge 15.06559, g6e.48xlarge 30.13118,
ml.g4dn.xlarge 0.7364, ml.g4dn.2xlarge 0.94, ml.g4dn.4xlarge 1.505, ml.g4dn.12xlarge 4.89,
ml.g5.xlarge 1.408, ml.g5.2xlarge 1.515, ml.g5.4xlarge 2.03, ml.g5.8xlarge 3.06,
ml.g5.12xlarge 7.09, ml.g5.16xlarge 5.12, ml.g5.24xlarge 10.18, ml.g5.48xlarge 20.36,
ml.p3.2xlarge 3.825, ml.p3.8xlarge 14.688, ml.p3.16xlarge 28.152
"""
_GOOGLE = """
a2-highgpu-1g 3.67339, a2-highgpu-2g 7.34678, a2-highgpu-4g 14.69356, a2-highgpu-8g 29.38711,
a2-megagpu-16g 55.73954,
a2-ultragpu-1g 5.0688, a2-ultragpu-2g 10.1376, a2-ultragpu-4g 20.2752, a2-ultragpu-8g 40.5504,
a3-highgpu-1g 11.06125, a3-highgpu-2g 22.1225, a3-highgpu-4g 44.245, a3-highgpu-8g 88.49,
a3-megagpu-8g 92.2138, a3-ultragpu-8g 84.8069,
g2-standard-4 0.7068, g2-standard-8 0.8536, g2-standard-12 1.0003, g2-standard-16 1.147,
g2-standard-24 2.0007, g2-standard-32 1.7341, g2-standard-48 4.0013, g2-standard-96 8.0026
"""
# Disks, a month for each GB.
_AWS_DISK = Decimal("0.08")
_GOOGLE_DISK = Decimal("0.10")


class Listed(NamedTuple):
    """A list price of an hour, and whose list it is."""

    hourly: Decimal
    vendor: str

    @property
    def source(self) -> str:
        """As people read where it is from."""
        return f"{self.vendor} list price of {DATED:%b %Y}, an estimate"


def listed(machine_type: str) -> Listed | None:
    """The list price of a machine type; None where the table does not have it."""
    return _TABLE.get(machine_type.strip().lower())


def listed_disk(size_gb: int, *, is_google: bool) -> Listed:
    """The list price of an hour of a general SSD disk of that size."""
    each = _GOOGLE_DISK if is_google else _AWS_DISK
    return Listed(each * size_gb / HOURS_A_MONTH, "Google" if is_google else "AWS")


def _read(text: str, vendor: str) -> dict[str, Listed]:
    pairs = (entry.split() for entry in text.replace("\n", " ").split(","))
    return {name: Listed(Decimal(price), vendor) for name, price in pairs}


_TABLE: Mapping[str, Listed] = {**_read(_AWS, "AWS"), **_read(_GOOGLE, "Google")}
