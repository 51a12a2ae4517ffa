"""On Mondays owners are asked whether what is idle is still needed, each once."""

from __future__ import annotations

import json
from datetime import timedelta

from bot.console.block_rules import problems
from bot.watch.running import planned, run
from tests.bot.owners import ADA, HERS, owners
from tests.clouds.simulated_clouds import NOW, resource
from tools.ledger.outbox import Outbox

DAY = f"{NOW:%Y-%m-%d}"


def test_each_owner_is_asked_once_and_not_again_the_same_day(tmp_path):
    with owners(tmp_path) as world:
        purser = world.purser
        dry = planned(purser, "needs", NOW)
        keys = [post.key for post in dry.posts]
        assert keys[0] == f"needs/{ADA}/{DAY}"
        assert dry.posts[0].text.startswith("2 machines of yours seem idle at $43.92 an hour")
        assert all(problems(json.loads(post.blocks)) == [] for post in dry.posts)
        assert purser.needs.of([resource(name=HERS[0]).id])[resource(name=HERS[0]).id] == ()

        done = run(purser, "needs", NOW, holder="one")
        assert done is not None
        assert done.posts == dry.posts
        first = resource(name=HERS[0]).id
        assert [need.person for need in purser.needs.of([first])[first]] == [ADA]
        assert all(Outbox(purser.ledger).find(key) for key in keys)
        assert run(purser, "needs", NOW, holder="two") is None
        assert planned(purser, "needs", NOW + timedelta(minutes=1)).posts == ()
