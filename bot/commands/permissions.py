"""`purser permissions`: write the clouds' policies for what is configured."""

from __future__ import annotations

import argparse

from bot.config import Config
from tools.clouds.settings import AwsAccount
from tools.core.errors import ConfigError
from tools.gate.guards import guarded_tags


def run(args: argparse.Namespace) -> None:
    """Write one file for each role, and say where."""
    from tools.clouds.permissions import write_policies

    files = files_of(args.config)
    write_policies(args.folder, files)
    print(f"Wrote {len(files)} files to {args.folder}. Attach each to the role it is named for.")


def files_of(config: Config) -> dict[str, str]:
    """By name, every policy and role for this configuration.

    Raises:
        ConfigError: policy cannot be read, so that its deciding tags are not known.
    """
    from tools.clouds.gcp_roles import role_files
    from tools.clouds.permissions import policy_files

    if config.has_file and config.policy.trouble:
        raise ConfigError(config.policy.trouble)
    accounts = config.clouds.aws
    policies = policy_files(
        guarded_tags(config.policy, config.lake),
        regions=sorted({region for account in accounts for region in account.regions}),
        roles=sorted({role for account in accounts for role in _roles(account)}),
    )
    return {**policies, **role_files()}


def _roles(account: AwsAccount) -> list[str]:
    named = (account.read_role, account.write_role, account.terminate_role, account.tags_role)
    return [role for role in named if role]
