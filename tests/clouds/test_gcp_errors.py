"""Whatever Google, the credentials or the network say becomes one sentence, and no secret."""

import pytest
from google.auth.exceptions import DefaultCredentialsError

from tests.clouds.gcp_server import Trouble
from tests.clouds.gcp_setup import ACCOUNTS, PROJECT
from tools.clouds.cloud import Credential
from tools.clouds.gcp import connect
from tools.clouds.settings import GcpProject
from tools.core.errors import PurserError, RefusedError, UnavailableError

pytest_plugins = ["tests.clouds.gcp_fixtures"]
WHERE = f"Google project {PROJECT}: "


@pytest.mark.parametrize(
    ("status", "reason", "kind", "sentence"),
    [
        (
            429,
            "rateLimitExceeded",
            UnavailableError,
            "Google Cloud asks to slow down; try again in a minute.",
        ),
        (
            403,
            "rateLimitExceeded",
            UnavailableError,
            "Google Cloud asks to slow down; try again in a minute.",
        ),
        (
            500,
            "backendError",
            UnavailableError,
            "Google Cloud has trouble of its own; try again later.",
        ),
        (503, "", UnavailableError, "Google Cloud has trouble of its own; try again later."),
        (
            403,
            "accessNotConfigured",
            RefusedError,
            "the API of it is switched off; enable it in the project.",
        ),
        (
            403,
            "quotaExceeded",
            RefusedError,
            "a quota of the project does not allow more; raise it in Google Cloud.",
        ),
        (400, "invalid", RefusedError, "Google Cloud refused (invalid); nothing was done."),
        (400, "", RefusedError, "Google Cloud refused; nothing was done."),
        (409, "odd", RefusedError, "it was changed since it was read; propose it again."),
        (
            401,
            "authError",
            RefusedError,
            "Google Cloud does not accept the credentials; sign in again, with gcloud auth "
            "application-default login or a service account.",
        ),
    ],
)
def test_an_answer_becomes_a_sentence(gcp, status, reason, kind, sentence):
    address = gcp.machine("m-1", tags={})
    gcp.google.troubles.append(Trouble("/instances/", status, reason, times=99))
    with pytest.raises(PurserError) as said:
        gcp.connected(gcp.project, patience=0).read(address)
    assert type(said.value) is kind
    assert said.value.sentence == WHERE + sentence


def test_reading_is_tried_again_when_google_stumbles(gcp):
    address = gcp.machine("m-1", tags={})
    gcp.google.troubles.append(Trouble("/instances/", 503, "backendError"))
    assert gcp.cloud.read(address).name == "m-1"


def test_reading_that_stumbles_on_and_on_says_what_google_said(gcp):
    address = gcp.machine("m-1", tags={})
    gcp.google.troubles.append(Trouble("/instances/", 429, "", times=99))
    with pytest.raises(UnavailableError, match="asks to slow down"):
        gcp.connected(gcp.project, patience=0.1).read(address)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>a proxy of the house</html>",
        b'{"labels": 7}',
        b'["a list"]',
        b'"text"',
        b"{}",
        b'{"name": "m-2", "id": "7"}',
    ],
)
def test_an_answer_that_is_not_google_s_is_said(gcp, body):
    address = gcp.machine("m-1", tags={})
    gcp.google.troubles.append(Trouble("/instances/", 200, body=body))
    with pytest.raises(UnavailableError) as said:
        gcp.cloud.read(address)
    assert said.value.sentence == (
        WHERE + "the answer is none that Google Cloud gives; check endpoint_url."
    )


@pytest.mark.parametrize("body", [b"<html/>", b"{}", b"[]"])
def test_a_list_that_is_not_google_s_is_a_trouble_and_not_empty(gcp, body):
    gcp.google.troubles.append(Trouble("aggregated/instances", 200, body=body))
    assert gcp.cloud.inventory().troubles == (
        WHERE + "the answer is none that Google Cloud gives; check endpoint_url.",
    )


def test_an_account_that_may_not_be_used_is_said(gcp):
    address = gcp.machine("m-1", tags={})
    del gcp.google.grants[ACCOUNTS[Credential.READ]]
    with pytest.raises(RefusedError) as said:
        gcp.cloud.read(address)
    assert said.value.sentence == WHERE + (
        "the read account may not be used; check its name, and that Purser has "
        "roles/iam.serviceAccountTokenCreator on it."
    )


def test_a_sign_in_that_does_not_answer_is_unavailable(gcp):
    address = gcp.machine("m-1", tags={})
    gcp.google.troubles.append(Trouble("/iam/", 503, "", times=99))
    with pytest.raises(PurserError) as said:
        gcp.cloud.read(address)
    assert said.value.sentence.startswith(WHERE)
    assert "ya29" not in said.value.sentence


def test_without_any_credentials_the_sentence_says_how_to_get_some(gcp):
    def none(account, scopes):
        raise DefaultCredentialsError("File /home/ada/.config/key.json was not found.")

    cloud = connect([gcp.project], sign=none)
    with pytest.raises(RefusedError) as said:
        cloud.read(gcp.machine("m-1", tags={}))
    assert said.value.sentence == WHERE + (
        "there are no Google credentials; run gcloud auth application-default login, or give "
        "Purser a service account."
    )


def test_elsewhere_than_at_google_no_credentials_of_google_are_sent(gcp):
    address = gcp.machine("m-1", tags={})
    gcp.google.grants = None
    project = GcpProject(id=PROJECT, endpoint_url=gcp.project.endpoint_url)
    assert connect([project]).read(address).name == "m-1"
    assert gcp.google.tokens == []


def test_a_project_that_is_not_there_is_a_trouble_of_the_inventory(gcp):
    gcp.google.troubles.append(Trouble("aggregated", 404, "notFound", times=99))
    assert gcp.cloud.inventory().troubles == (
        "Google project acme-ml: there is no such project; check its id.",
    )
