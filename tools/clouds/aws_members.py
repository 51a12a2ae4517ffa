"""What a resource of AWS belongs to, read from the tags that its managers put on it."""

from __future__ import annotations

from collections.abc import Mapping

_KEYS: Mapping[str, str] = {
    "aws:autoscaling:groupName": "Auto Scaling group",
    "aws:cloudformation:stack-name": "CloudFormation stack",
    "aws:eks:cluster-name": "EKS cluster",
    "eks:cluster-name": "EKS cluster",
    "eks:eks-cluster-name": "EKS cluster",
    "eks:nodegroup-name": "EKS node group",
    "alpha.eksctl.io/cluster-name": "EKS cluster",
    "karpenter.sh/nodepool": "Karpenter node pool",
    "karpenter.sh/provisioner-name": "Karpenter provisioner",
    "ebs.csi.aws.com/cluster": "Kubernetes storage",
    "kubernetes.io/created-for/pvc/name": "Kubernetes volume claim",
    "AWSBatchServiceTag": "AWS Batch",
    "aws:batch:compute-environment": "AWS Batch environment",
    "parallelcluster:cluster-name": "ParallelCluster",
    "aws-parallelcluster-node-type": "ParallelCluster node",
    "aws:elasticmapreduce:job-flow-id": "EMR cluster",
    "aws:ec2:fleet-id": "EC2 fleet",
    "aws:ec2spot:fleet-request-id": "spot fleet",
    "elasticbeanstalk:environment-name": "Elastic Beanstalk environment",
    "sagemaker:cluster-name": "SageMaker HyperPod cluster",
    "sagemaker:domain-arn": "SageMaker domain",
    "aws:servicecatalog:provisionedProductArn": "Service Catalog product",
}
_PREFIXES: Mapping[str, str] = {
    "kubernetes.io/cluster/": "Kubernetes cluster",
    "aws:batch:": "AWS Batch",
    "parallelcluster:": "ParallelCluster",
}


def members_of(tags: Mapping[str, str], *others: str) -> tuple[str, ...]:
    """What manages a resource, by its tags; and what else is known to, first and once."""
    found = [*others]
    for key, value in sorted(tags.items()):
        named = _KEYS.get(key)
        if named:
            found.append(f"{named} {value}".strip())
            continue
        for prefix, what in _PREFIXES.items():
            if key.startswith(prefix):
                rest = key.removeprefix(prefix) if prefix.endswith("/") else value
                found.append(f"{what} {rest}".strip())
    return tuple(dict.fromkeys(filter(None, found)))


def tags_of(raw: object) -> dict[str, str]:
    """Tags as AWS lists them, by key."""
    listed = raw if isinstance(raw, list) else []
    return {str(tag["Key"]): str(tag.get("Value") or "") for tag in listed}
