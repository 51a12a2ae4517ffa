"""AWS for the contract suite: moto over a real socket, furnished with boto3."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
from moto.sagemaker.models import sagemaker_backends

from tests.clouds.aws_gateway import Gateway
from tools.clouds.aws import connect, over
from tools.clouds.aws_places import Sessions, _session
from tools.clouds.cloud import Cloud, Credential
from tools.clouds.resources import Address, Kind
from tools.clouds.settings import AwsAccount
from tools.core.clock import FixedClock

ACCOUNT = "123456789012"
OTHER = "210987654321"
REGION = "us-east-1"
KEYS = ("AKIATESTKEYOFNOBODY1", "secretsecretsecret")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sagemaker"
GUARDED = "owner"
STEP = timedelta(minutes=5)
_COUNT = itertools.count(1)
_FIELDS = {
    Credential.READ: "read_role",
    Credential.WRITE: "write_role",
    Credential.TERMINATE: "terminate_role",
    Credential.GUARDED_TAGS: "tags_role",
}


def account(gateway_url: str, number: str = ACCOUNT, **more: Any) -> AwsAccount:
    """An account with all four roles."""
    roles = {field: f"arn:aws:iam::{number}:role/purser-{c}" for c, field in _FIELDS.items()}
    return AwsAccount(
        **{"id": number, "regions": (REGION,), "endpoint_url": gateway_url, **roles, **more}
    )


@dataclass
class AwsSetup:
    """A `Setup` of the contract suite."""

    gateway: Gateway
    sessions: Sessions
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    hostile: str = "<!channel> <https://evil.example|x> *b* `c` ![i](u) '; DROP--"
    guarded: str = GUARDED
    secrets: tuple[str, ...] = (*KEYS, "AKIASECRETINMESSAGE", "secret-in-message")

    def __post_init__(self) -> None:
        self.gateway.answers["sagemaker.stop_training_job"] = stop_training_job
        self.account = account(self.gateway.url)
        self.cloud = self.connected(self.account)

    def connected(self, *accounts: AwsAccount) -> Cloud:
        """A cloud over accounts."""
        return over(accounts, self.sessions, guarded=[GUARDED])

    def fresh(self, *accounts: AwsAccount) -> Cloud:
        """A cloud that has yet to sign in."""
        return connect(accounts, FixedClock(self.now), guarded=[GUARDED], attempts=1)

    def client(self, service: str, region: str = REGION) -> Any:
        """The vendor's own client."""
        return _client(service, region, self.gateway.url)

    def foreign(self, service: str, region: str, keys: Mapping[str, str]) -> Any:
        """The vendor's own client with the keys of an assumed role."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.gateway.url,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def make(self, kind: Kind, *, tags: Mapping[str, str]) -> Address:
        """One that runs."""
        makers = {
            Kind.INSTANCE: self.instance,
            Kind.GROUP: self.group,
            Kind.NOTEBOOK: self.notebook,
            Kind.ENDPOINT: self.endpoint,
            Kind.TRAINING: self.training,
            Kind.DISK: self.disk,
        }
        return Address("aws", ACCOUNT, REGION, kind, makers[kind](tags))

    def instance(self, tags: Mapping[str, str], **more: Any) -> str:
        """An instance with four GPUs."""
        wanted = {
            "ImageId": "ami-03cf127a",
            "MinCount": 1,
            "MaxCount": 1,
            "InstanceType": "g5.12xlarge",
        }
        if tags:
            marked = {"ResourceType": "instance", "Tags": listed(tags)}
            wanted["TagSpecifications"] = [marked]
        made = self.client("ec2").run_instances(**{**wanted, **more})
        return made["Instances"][0]["InstanceId"]

    def group(self, tags: Mapping[str, str], **more: Any) -> str:
        """An Auto Scaling group of two."""
        name = f"train-{next(_COUNT):04}"
        ec2 = self.client("ec2")
        data = {"ImageId": "ami-03cf127a", "InstanceType": "g5.12xlarge"}
        ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        wanted = {
            "AutoScalingGroupName": name,
            "LaunchTemplate": {"LaunchTemplateName": name, "Version": "$Latest"},
            "MinSize": 1,
            "MaxSize": 4,
            "DesiredCapacity": 2,
            "AvailabilityZones": [f"{REGION}a"],
            "Tags": [{**tag, "PropagateAtLaunch": False} for tag in listed(tags)],
        }
        self.client("autoscaling").create_auto_scaling_group(**{**wanted, **more})
        return name

    def notebook(self, tags: Mapping[str, str]) -> str:
        """A notebook with a GPU."""
        name = f"notebook-{next(_COUNT):04}"
        self.client("sagemaker").create_notebook_instance(
            NotebookInstanceName=name,
            InstanceType="ml.p3.2xlarge",
            RoleArn=ROLE,
            Tags=listed(tags),
        )
        return name

    def endpoint(self, tags: Mapping[str, str], variants: int = 1) -> str:
        """An endpoint of two machines, which may scale between one and four."""
        name = f"chat-{next(_COUNT):04}"
        sagemaker = self.client("sagemaker")
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE)
        chosen = [
            {
                "VariantName": f"all-{number}",
                "ModelName": name,
                "InstanceType": "ml.g4dn.12xlarge",
                "InitialInstanceCount": 2,
            }
            for number in range(variants)
        ]
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=chosen)
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=listed(tags))
        self.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="sagemaker",
            ResourceId=f"endpoint/{name}/variant/all-0",
            ScalableDimension="sagemaker:variant:DesiredInstanceCount",
            MinCapacity=1,
            MaxCapacity=4,
        )
        return name

    def training(self, tags: Mapping[str, str], **more: Any) -> str:
        """A training job in progress; moto's are completed before they begin."""
        name = f"job-{next(_COUNT):04}"
        machines = {"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 2, "VolumeSizeInGB": 50}
        self.client("sagemaker").create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": "image", "TrainingInputMode": "File"},
            RoleArn=ROLE,
            OutputDataConfig={"S3OutputPath": "s3://bucket/out"},
            ResourceConfig={**machines, **more},
            StoppingCondition={"MaxRuntimeInSeconds": 3600},
            Tags=listed(tags),
        )
        job(name).training_job_status = "InProgress"
        return name

    def disk(self, tags: Mapping[str, str]) -> str:
        """A volume that is attached to nothing."""
        wanted: dict[str, Any] = {"AvailabilityZone": f"{REGION}a", "Size": 40, "VolumeType": "gp3"}
        if tags:
            wanted["TagSpecifications"] = [{"ResourceType": "volume", "Tags": listed(tags)}]
        return self.client("ec2").create_volume(**wanted)["VolumeId"]

    def protect(self, address: Address) -> None:
        """Termination protection."""
        self.client("ec2").modify_instance_attribute(
            InstanceId=address.name, DisableApiTermination={"Value": True}
        )

    def measure(self, address: Address, *, gpu: float, since: datetime) -> None:
        """The CloudWatch agent's samples of four GPUs, five minutes apart."""
        steps = int((self.now - since) / STEP) + 1
        times = [since + n * STEP for n in range(steps)]
        for index in range(4):
            self.samples(address.name, times, index=index, value=gpu if index == 2 else 0.0)

    def samples(self, name: str, times: list[datetime], *, index: int, value: float) -> None:
        """What the agent sends of one GPU."""
        dimensions = {"InstanceId": name, "ImageId": "ami-1", "name": "A10G", "index": str(index)}
        told = [{"Name": key, "Value": text} for key, text in dimensions.items()]
        data = [
            {
                "MetricName": "nvidia_smi_utilization_gpu",
                "Dimensions": told,
                "Timestamp": at,
                "Value": value,
                "Unit": "Percent",
            }
            for at in times
        ]
        for start in range(0, len(data), 1000):
            self.client("cloudwatch").put_metric_data(
                Namespace="CWAgent", MetricData=data[start : start + 1000]
            )

    def wait(self) -> None:
        """Nothing: moto changes at once."""

    def without(self, credential: Credential) -> Cloud:
        """Without one of the roles."""
        return self.connected(replace(self.account, **{_FIELDS[credential]: None}))

    def unreachable(self) -> Cloud:
        """Behind a closed port."""
        return self.fresh(account("http://127.0.0.1:9"))

    def partial(self) -> Cloud:
        """With one more account, whose roles may not be taken on."""
        other = account(self.gateway.url, OTHER, regions=("eu-west-1",), name="acme-eu")
        self.gateway.trouble("sts.assume_role", "AccessDenied", status=403, region="eu-west-1")
        return self.fresh(self.account, other)

    def elsewhere(self, address: Address) -> Address:
        """In an account that nobody named."""
        return address._replace(account=OTHER)


@cache
def _client(service: str, region: str, url: str) -> Any:
    return _session().client(service, region_name=region, endpoint_url=url)


def job(name: str, region: str = REGION) -> Any:
    """A training job where moto keeps it: the server runs in this process."""
    return sagemaker_backends[ACCOUNT][region].training_jobs[name]


def stop_training_job(asked: dict, region: str) -> dict:
    """What moto lacks."""
    job(asked["TrainingJobName"], region).training_job_status = "Stopped"
    return {}


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as AWS takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
