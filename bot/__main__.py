"""The command line: reads arguments, calls one command, turns errors into sentences.

Exit codes: 0 answered, 1 a fault, 2 not understood or bad input.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tools.core.errors import InputError, NotUnderstoodError, PurserError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = parser().parse_args(argv)
    try:
        return _run(args)
    except NotUnderstoodError as error:
        return _say(_marked(error), 2)
    except InputError as error:
        return _say(error.sentence, 2)
    except PurserError as error:
        return _say(error.sentence, 1)
    except KeyboardInterrupt:
        return _say("Stopped.", 130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe went away; nobody is left to tell
        return 0
    except Exception as error:  # noqa: BLE001  the last resort: a fault must not spill its inside
        return _say(_fault(error, args), 1)


def _run(args: argparse.Namespace) -> int:
    from bot.config import load

    command = importlib.import_module(f"bot.commands.{args.command.replace('-', '_')}")
    if getattr(args, "needs_config", True):
        args.config = load(args.home)
    return int(command.run(args) or 0)


def parser() -> argparse.ArgumentParser:
    """All commands with their arguments; light, so that `--help` is instant."""
    root = argparse.ArgumentParser(
        prog="purser",
        description="Purser reads your cloud and AI bills and answers what things cost.",
    )
    root.add_argument(
        "--home", type=Path, help="folder of configuration, lake and ledger (else $PURSER_HOME)"
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _setup_commands(commands)
    _question_commands(commands)
    _server_commands(commands)
    return root


Commands = argparse._SubParsersAction  # the only name argparse has for it


def _setup_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    init = commands.add_parser("init", help="write a commented purser.toml that works as it stands")
    init.add_argument("--force", action="store_true", help="write over the one that is there")
    init.add_argument(
        "--admin", nargs="+", metavar="ID", help="Slack user ids (U…) of the policy's admins"
    )
    commands.add_parser("doctor", help="say what is connected and what is not")
    _audit_command(commands)
    permissions = commands.add_parser(
        "permissions", help="write the clouds' policies for what is configured"
    )
    permissions.add_argument("folder", type=Path, help="where to; files of the same name go")
    ingest = commands.add_parser("ingest", help="load bills: the configured sources, or a path")
    ingest.add_argument("path", nargs="?", type=Path, help="a file or a folder of bills")
    ingest.add_argument("--source", metavar="NAME", help="the source the path belongs to")
    ingest.add_argument(
        "--accept-shrink",
        action="store_true",
        help="load even what makes a billing period more than a fifth smaller",
    )


def _question_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    cost = commands.add_parser("cost", help="what things cost, in the grammar of /cost")
    cost.add_argument("text", nargs="*", help='for example "last 7d by team"; "help" shows more')
    form = cost.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object on one line")
    form.add_argument("--csv", action="store_true", help="a table, whole")
    ask = commands.add_parser("ask", help="a question in words")
    ask.add_argument("text", nargs="+", help='for example "how much was OpenAI last month?"')
    ask.add_argument("--thread", metavar="NAME", help="go on with the conversation of this name")
    ask.add_argument("--json", action="store_true", help="one object on one line")
    _gpu_command(commands)
    _budget_command(commands)
    sql = commands.add_parser("sql", help="run the SQL that an answer printed, read-only")
    sql.add_argument("statement", help="one SELECT over the lake's views")
    sql.add_argument("--json", action="store_true", help="one object on one line")


def _audit_command(commands: Commands[argparse.ArgumentParser]) -> None:
    audit = commands.add_parser("audit", help="who proposed, decided and did what")
    audit.add_argument("--last", type=int, default=40, metavar="N", help="so many entries")
    audit.add_argument("--of", default="", metavar="ID", help="only of this proposal, or “policy”")
    audit.add_argument("--json", action="store_true", help="one object a line")
    actions = audit.add_subparsers(dest="action", metavar="ACTION")
    verify = actions.add_parser("verify", help="find what was altered, removed or reordered")
    verify.add_argument(
        "--anchor", metavar="SEQ:HASH", help="the head at an earlier moment, kept outside"
    )
    verify.add_argument(
        "--from-s3", metavar="S3", help="with all the anchors that were kept in s3://bucket/prefix"
    )
    verify.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    anchor = actions.add_parser("anchor", help="keep the head outside, to prove more later")
    where = anchor.add_mutually_exclusive_group(required=True)
    where.add_argument("--channel", metavar="C…", help="post it in this Slack channel")
    where.add_argument(
        "--s3", metavar="S3", help="put it into s3://bucket/prefix, locked if it can"
    )


def _gpu_command(commands: Commands[argparse.ArgumentParser]) -> None:
    gpu = commands.add_parser("gpu", help="what runs and what is idle, in the grammar of /gpu")
    gpu.add_argument("text", nargs="*", help='for example "idle where team=ml"')
    form = gpu.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object on one line")
    form.add_argument("--csv", action="store_true", help="a table, whole")


def _budget_command(commands: Commands[argparse.ArgumentParser]) -> None:
    budget = commands.add_parser("budget", help="where budgets stand; link one to a cloud's")
    budget.add_argument("--json", action="store_true", help="one object on one line")
    actions = budget.add_subparsers(dest="action", metavar="ACTION")
    listed = actions.add_parser("list", help="where they stand")
    listed.add_argument("where", nargs="*", help="for example team=ml")
    listed.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    named = "id, or scope such as team=ml"
    link = actions.add_parser("link", help="change a cloud's budget together with it")
    link.add_argument("budget", help=named)
    link.add_argument("cloud", help="aws:ACCOUNT:NAME or gcp:BILLINGACCOUNT:BUDGETID")
    actions.add_parser("unlink", help="let it stand for itself").add_argument("budget", help=named)
    assign = actions.add_parser("assign", help="say whose it is; empty takes away")
    assign.add_argument("budget", help=named)
    assign.add_argument("--owner", metavar="USER", help="Slack user id")
    assign.add_argument("--channel", metavar="CHANNEL", help="Slack channel id for its alerts")
    assign.add_argument("--approvers", metavar="IDS", help="users and groups, with commas between")


def _server_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser("serve", help="answer in Slack (Socket Mode or HTTP)")
    serve.add_argument("--port", type=int, help="serve HTTP on this port (default 3000)")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--events-port", type=int, help="hear of events here beside Socket Mode")
    demo = commands.add_parser("demo", help="the local console on a sample company")
    demo.add_argument("--port", type=int, default=0, help="port of the console (else a free one)")
    demo.add_argument("--no-browser", action="store_true", help="only print the address")
    demo.add_argument("--no-model", action="store_true", help="ask no model, whatever is set")
    demo.add_argument("--seed", type=int, default=7, help="another sample company")
    _watch_commands(commands)
    _eval_command(commands)
    _replay_command(commands)
    _event_command(commands)
    bench = commands.add_parser("bench", help="measure Purser on this machine")
    whats = ["lake", "slack", "explain", "model", "gate", "watch", "forecast", "budgets"]
    bench.add_argument("what", choices=whats, help="what to measure")
    bench.add_argument("--rows", type=int, default=1_000_000, help="lines of bills (lake, budgets)")
    bench.add_argument("--count", type=int, default=10_000, help="budgets (budgets)")
    bench.add_argument("--seeds", type=int, default=100, help="bills for each cause (explain)")
    bench.add_argument("--json", action="store_true", help="one object on one line")


def _watch_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    accrued = commands.add_parser("accrued", help="what runs and is on no bill yet, an estimate")
    accrued.add_argument("--json", action="store_true", help="one object on one line")
    job = commands.add_parser("run-job", help="run what goes by the clock, at any moment")
    job.add_argument("name", nargs="*", help="such as alerts, or digest C0123 daily")
    job.add_argument("--at", metavar="TIME", help="such as 2026-11-21T09:00 (else now)")
    job.add_argument("--through", metavar="TIME", help="and a day later each time, up to then")
    job.add_argument("--dry-run", action="store_true", help="only print what would be posted")
    job.add_argument("--json", action="store_true", help="one object on one line")


def _event_command(commands: Commands[argparse.ArgumentParser]) -> None:
    event = commands.add_parser("event", help="tell what happened or is planned, such as a release")
    event.add_argument("text", nargs="*", help='for example "search-api 4.2 is live"')
    event.add_argument("--kind", help="deployment (else), planned, or any short word")
    event.add_argument("--scope", help="whose costs it touches, such as team=search")
    event.add_argument("--start", metavar="TIME", help="a day or a moment, in UTC (else now)")
    event.add_argument("--end", metavar="TIME", help="until when (else 7 days, if planned)")
    event.add_argument("--id", help="of your own: told again with it, it is the same event")
    event.add_argument("--list", action="store_true", help="what was told and is planned")
    event.add_argument("--withdraw", metavar="ID", help="forget an event")
    event.add_argument("--token", metavar="NAME", help="make a token for POST /events, by --scope")
    event.add_argument("--may-plan", action="store_true", help="the token may announce plans")
    event.add_argument("--tokens", action="store_true", help="whose tokens there are")
    event.add_argument("--revoke", metavar="NAME", help="make a token worthless")
    event.add_argument("--json", action="store_true", help="one object a line")


def _replay_command(commands: Commands[argparse.ArgumentParser]) -> None:
    replay = commands.add_parser("replay", help="play a planted year through the watch, and score")
    replay.add_argument("--seed", type=int, default=7, help="another year, planted elsewhere")
    for name, which in (("from", "first"), ("to", "last")):
        replay.add_argument(
            f"--{name}",
            dest=which,
            type=_day,
            metavar="DAY",
            help=f"{which} day (else of a whole year)",
        )
    replay.add_argument("--json", action="store_true", help="one object on one line")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no day such as 2026-03-01") from None


def _eval_command(commands: Commands[argparse.ArgumentParser]) -> None:
    evaluate = commands.add_parser("eval", help="ask questions with known answers, and keep score")
    evaluate.add_argument(
        "--questions",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="question sets in YAML (else those that ship, on a sample company)",
    )
    evaluate.add_argument("--tag", help="only the questions with this tag")
    evaluate.add_argument("--json", action="store_true", help="one object a line, totals last")


def _marked(error: NotUnderstoodError) -> str:
    """The question with the part that was not understood underlined, and what can be asked."""
    start, end = error.span
    lines = [error.sentence]
    if error.text.strip() and "\n" not in error.text:
        lines += [f"  {error.text}", "  " + " " * start + "^" * max(1, end - start)]
    if error.suggestions:
        offered = "Nearest that I can answer:" if error.is_near else "For instance, I can answer:"
        lines += [offered, *(f"  {text}" for text in error.suggestions)]
    return "\n".join(lines)


def _fault(error: Exception, args: argparse.Namespace) -> str:
    """Keep the traceback in a file; tell only where, under a short name."""
    import secrets
    import traceback

    from bot.faults import redacted

    name = secrets.token_hex(3)
    text = redacted("".join(traceback.format_exception(error)))
    config = getattr(args, "config", None)
    if config is None:
        return f"{text}\nSomething went wrong in Purser; please report the lines above."
    path = config.home / "faults.log"
    config.home.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"fault {name} in `purser {args.command}`\n{text}\n")
    return f"Something went wrong in Purser (fault {name}); the details are in {path}."


def _say(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
