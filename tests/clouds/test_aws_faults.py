"""Whatever AWS, the credentials or the network refuse is one sentence, without a secret."""

import pytest

from tests.clouds.aws_setup import ACCOUNT, OTHER, REGION, account
from tools.clouds.cloud import Act
from tools.clouds.resources import Address, Kind, State, Verb
from tools.core.errors import RefusedError, UnavailableError

pytest_plugins = ["tests.clouds.aws_fixtures"]
HERE = f"AWS account {ACCOUNT}, {REGION}"
SLOW = f"{HERE}: AWS asks to slow down; try again in a minute."
TROUBLE = f"{HERE}: AWS has trouble of its own; try again later."
EXPIRED = f"{HERE}: the credentials have expired; sign in again."
REGION_OFF = (
    f"{HERE}: the region is not enabled in the account; enable it, or take it out of regions."
)
UNKNOWN_KEY = (
    f"{HERE}: AWS does not accept the credentials there; check them, and that the region is "
    "enabled in the account."
)
DENIED = (
    f"{HERE}: %s is not allowed; the rights that Purser needs are in deploy/aws-%s-policy.json."
)


@pytest.fixture
def machine(aws_setup):
    return Address("aws", ACCOUNT, REGION, Kind.INSTANCE, aws_setup.instance({}))


@pytest.mark.parametrize(
    ("code", "status", "error", "sentence"),
    [
        ("RequestLimitExceeded", 503, UnavailableError, SLOW),
        ("Throttling", 400, UnavailableError, SLOW),
        ("InternalError", 500, UnavailableError, TROUBLE),
        ("RequestExpired", 400, RefusedError, EXPIRED),
        ("ExpiredToken", 400, RefusedError, EXPIRED),
        ("AuthFailure", 401, RefusedError, UNKNOWN_KEY),
        ("OptInRequired", 403, RefusedError, REGION_OFF),
        (
            "UnauthorizedOperation",
            403,
            RefusedError,
            DENIED % ("ec2:DescribeInstances", "read"),
        ),
        ("SomethingNew", 403, RefusedError, DENIED % ("ec2:DescribeInstances", "read")),
        (
            "SomethingNew",
            400,
            RefusedError,
            f"{HERE}: AWS refused (SomethingNew); nothing was done.",
        ),
    ],
)
def test_what_aws_refuses_to_tell_is_one_sentence(
    aws_setup, machine, code, status, error, sentence
):
    aws_setup.gateway.trouble("ec2.describe_instances", code, status=status)
    with pytest.raises(error) as trouble:
        aws_setup.cloud.read(machine)
    assert trouble.value.sentence == sentence
    inventory = aws_setup.cloud.inventory()
    assert inventory.troubles == (sentence,)


@pytest.mark.parametrize(
    ("code", "status", "error", "sentence"),
    [
        ("RequestLimitExceeded", 503, UnavailableError, SLOW),
        ("InternalError", 500, UnavailableError, TROUBLE),
        ("UnauthorizedOperation", 403, RefusedError, DENIED % ("ec2:StopInstances", "write")),
        (
            "OperationNotPermitted",
            400,
            RefusedError,
            f"{HERE}: it is protected against that at AWS; only its owner can lift that.",
        ),
        (
            "IncorrectInstanceState",
            400,
            RefusedError,
            f"{HERE}: it is in a state in which AWS does not do that; look at it again.",
        ),
        (
            "UnsupportedOperation",
            400,
            RefusedError,
            f"{HERE}: AWS does not do that to this kind of machine.",
        ),
    ],
)
def test_what_aws_refuses_to_do_is_one_sentence_and_asked_once(
    aws_setup, machine, code, status, error, sentence
):
    wanted = Act(verb=Verb.STOP, resource=aws_setup.cloud.read(machine), key="k")
    aws_setup.gateway.trouble("ec2.stop_instances", code, status=status)
    for ask in (aws_setup.cloud.rehearse, aws_setup.cloud.perform):
        before = aws_setup.gateway.calls().count("ec2.stop_instances")
        with pytest.raises(error) as trouble:
            ask(wanted)
        assert trouble.value.sentence == sentence
        assert aws_setup.gateway.calls().count("ec2.stop_instances") == before + 1
    assert aws_setup.cloud.read(machine).state is State.RUNNING


def test_a_start_that_finds_no_machine_says_so(aws_setup, machine):
    aws_setup.client("ec2").stop_instances(InstanceIds=[machine.name])
    wanted = Act(verb=Verb.START, resource=aws_setup.cloud.read(machine), key="k")
    aws_setup.gateway.trouble("ec2.start_instances", "InsufficientInstanceCapacity", status=500)
    with pytest.raises(RefusedError) as refused:
        aws_setup.cloud.perform(wanted)
    assert refused.value.sentence == (
        f"{HERE}: AWS has no such machine free there now; try again later."
    )


def test_one_region_that_is_off_leaves_the_others_listed(aws_setup, machine):
    two = aws_setup.connected(
        account(aws_setup.gateway.url, regions=(REGION, "eu-south-2"), name="acme")
    )
    for service in ("ec2.", "autoscaling.", "sagemaker."):
        code = "AuthFailure" if service == "ec2." else "UnrecognizedClientException"
        aws_setup.gateway.trouble(service, code, status=401, region="eu-south-2")
    inventory = two.inventory()
    assert [one.address for one in inventory.resources] == [machine]
    assert inventory.troubles == (
        f"AWS account acme ({ACCOUNT}), eu-south-2: AWS does not accept the credentials there; "
        "check them, and that the region is enabled in the account.",
    )


def test_an_account_whose_role_is_closed_is_one_trouble_for_all_its_regions(aws_setup, machine):
    other = account(aws_setup.gateway.url, OTHER, regions=("eu-west-1", "eu-west-3"))
    for region in other.regions:
        aws_setup.gateway.trouble("sts.assume_role", "AccessDenied", status=403, region=region)
    inventory = aws_setup.fresh(aws_setup.account, other).inventory()
    assert [one.address for one in inventory.resources] == [machine]
    assert inventory.troubles == (
        f"AWS account {OTHER}: the read role may not be taken on; check its name and its trust "
        "policy.",
    )


def test_two_accounts_are_listed_each_with_its_own_role(aws_setup, machine):
    other = account(aws_setup.gateway.url, OTHER, regions=("eu-west-1",))
    keys = aws_setup.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{OTHER}:role/a", RoleSessionName="tests"
    )["Credentials"]
    made = aws_setup.foreign("ec2", "eu-west-1", keys).run_instances(
        ImageId="ami-03cf127a", MinCount=1, MaxCount=1, InstanceType="p3.2xlarge"
    )
    theirs = Address("aws", OTHER, "eu-west-1", Kind.INSTANCE, made["Instances"][0]["InstanceId"])
    inventory = aws_setup.fresh(aws_setup.account, other).inventory()
    assert {one.address for one in inventory.resources} == {machine, theirs}
    assert inventory.troubles == ()


def test_credentials_of_another_account_are_refused(aws_setup, machine):
    wrong = account(aws_setup.gateway.url, read_role=f"arn:aws:iam::{OTHER}:role/purser-read")
    with pytest.raises(RefusedError) as refused:
        aws_setup.fresh(wrong).read(machine)
    assert refused.value.sentence == (
        f"AWS account {ACCOUNT}: the read credentials are of another account; check profile and "
        "roles."
    )


def test_without_roles_it_looks_with_the_credentials_themselves(aws_setup, machine):
    plain = account(aws_setup.gateway.url, read_role=None, write_role=None)
    assert aws_setup.fresh(plain).read(machine).state is State.RUNNING
    aws_setup.gateway.asked.clear()  # signed by no role, which the other tests never allow


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("AWS_PROFILE", "nobody", "there is no such AWS profile; check profile"),
        ("AWS_SECRET_ACCESS_KEY", None, "the AWS credentials are not whole; set both keys"),
        (
            "AWS_ACCESS_KEY_ID",
            None,
            "there are no AWS credentials; set AWS_PROFILE or name a profile",
        ),
    ],
)
def test_credentials_that_are_not_there_are_one_sentence(
    aws_setup, machine, monkeypatch, variable, value, said
):
    if value is None:
        monkeypatch.delenv(variable)
    else:
        monkeypatch.setenv(variable, value)
    with pytest.raises(RefusedError) as refused:
        aws_setup.fresh(aws_setup.account).read(machine)
    assert refused.value.sentence == f"AWS account {ACCOUNT}: {said}."


@pytest.mark.parametrize(
    ("missing", "verb", "said"),
    [
        ("write_role", Verb.STOP, "Purser may not stop, start, scale or tag anything there"),
        ("terminate_role", Verb.TERMINATE, "Purser may not terminate anything there"),
        (
            "tags_role",
            Verb.TAG,
            "Purser may not write tags that decide owner, environment or access there",
        ),
    ],
)
def test_a_role_that_is_not_configured_is_named(aws_setup, machine, missing, verb, said):
    bare = aws_setup.connected(account(aws_setup.gateway.url, **{missing: None}))
    wanted = Act(verb=verb, resource=bare.read(machine), key="k", tags={"owner": "ada"})
    with pytest.raises(RefusedError) as refused:
        bare.perform(wanted)
    assert refused.value.sentence == (
        f"AWS account {ACCOUNT}: {said}; an admin can name a {missing} for it in purser.toml."
    )


def test_an_answer_that_is_none_of_awss_is_one_sentence(aws_setup, machine):
    aws_setup.gateway.nonsense.add("ec2.describe_instances")
    with pytest.raises(UnavailableError) as trouble:
        aws_setup.cloud.read(machine)
    assert trouble.value.sentence == (
        f"{HERE}: AWS does not answer; check the network, the region and endpoint_url."
    )
