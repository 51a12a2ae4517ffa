import pytest

from tools.clouds.resources import Address, Kind
from tools.clouds.tag_limits import TagLimits, tag_limits


def limits(cloud: str, account: str, kind: Kind = Kind.INSTANCE) -> TagLimits:
    return tag_limits(Address(cloud, account, "r", kind, "x"))


EC2 = limits("aws", "111122223333")
SAGEMAKER = limits("aws", "111122223333", Kind.NOTEBOOK)
GOOGLE = limits("gcp", "lumen")
PLAIN = "letters, digits, spaces and _ . : / = + - @"
LOWER = "lower-case letters, digits, _ and -, with a letter at the beginning of its key,"


def test_the_simulated_cloud_plays_both():
    assert limits("sim", "111122223333") is EC2
    assert limits("sim", "111122223333", Kind.GROUP) is SAGEMAKER
    assert limits("sim", "lumen-research-gcp") is GOOGLE


FITTING = [
    (EC2, "Team", "ML & <friends>"),
    (EC2, "k" * 128, "v" * 256),
    (EC2, "empty", ""),
    (SAGEMAKER, "cost-center", "CC 410: a/b=c+d@e_f"),
    (GOOGLE, "team", "ml-research_2"),
    (GOOGLE, "k" * 63, "v" * 63),
    (GOOGLE, "empty", ""),
    (EC2, "gone", None),
    (GOOGLE, "Was Never Allowed", None),
]


@pytest.mark.parametrize(("limits", "key", "value"), FITTING)
def test_what_a_cloud_takes_is_taken(limits, key, value):
    assert limits.objection(key, value) == ""


REFUSED = [
    (EC2, "", "x", "A tag needs a key without spaces around it."),
    (EC2, " team", None, "A tag needs a key without spaces around it."),
    (EC2, "aws:created", "x", "Tag keys that begin with aws: are the cloud's own."),
    (EC2, "AWS:x", None, "Tag keys that begin with aws: are the cloud's own."),
    (GOOGLE, "goog-x", "x", "Label keys that begin with goog- are the cloud's own."),
    (
        EC2,
        "k" * 129,
        "x",
        "A tag has at most 128 characters in its key and 256 in its value there.",
    ),
    (
        GOOGLE,
        "k",
        "v" * 64,
        "A label has at most 63 characters in its key and 63 in its value there.",
    ),
    (EC2, "k", "a\nb", "A tag with line breaks or invisible characters is not written."),
    (EC2, "k\u202e", "b", "A tag with line breaks or invisible characters is not written."),
    (SAGEMAKER, "k", "<!here>", f"A tag may hold only {PLAIN} there."),
    (GOOGLE, "Team", "ml", f"A label may hold only {LOWER} there."),
    (GOOGLE, "1k", "ml", f"A label may hold only {LOWER} there."),
    (GOOGLE, "team", "ML", f"A label may hold only {LOWER} there."),
]


@pytest.mark.parametrize(("limits", "key", "value", "said"), REFUSED)
def test_what_a_cloud_does_not_take_is_said(limits, key, value, said):
    assert limits.objection(key, value) == said


def test_there_may_be_only_so_many():
    held = {f"k{n}": "v" for n in range(50)}
    assert EC2.too_many(held, {"k1": "other", "k2": None, "new": "x"}) == ""
    assert EC2.too_many(held, {"new": "x"}) == ("It would have 51 tags, and 50 are the most there.")
    assert EC2.too_many({**held, "already": "more"}, {"k1": "other"}) == ""
