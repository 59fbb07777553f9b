"""The command line: parse, call, print. Everything else is imported when a command needs it."""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from infra import __version__

if TYPE_CHECKING:
    from infra.session import Session

__all__ = ["main"]

Command = TypeVar("Command", bound=Callable[..., Any])


class _Talk:
    """Where a command's words go: people read stdout, machines read `--json`."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def progress(self, text: str) -> None:
        """Say what is being done: on a terminal one line that changes, else a line a step."""
        if sys.stderr.isatty():
            click.echo(f"\r\033[K  {text[:100]} ...", err=True, nl=False)
        elif not text.startswith("reading "):
            click.echo(f"  {text} ...", err=True)

    def answer(self, lines: list[str], data: dict[str, Any]) -> None:
        """Give the answer, on a clean line."""
        if sys.stderr.isatty():
            click.echo("\r\033[K", err=True, nl=False)
        if self.as_json:
            click.echo(json.dumps(data, indent=1, ensure_ascii=False, default=str))
        else:
            click.echo("\n".join(lines))


def _command(function: Command) -> Command:
    """Give a command `--json` and `--debug`, and turn what users can mend into plain lines."""

    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for machines.")
    @click.option("--debug", is_flag=True, help="Show where in the code an error arose.")
    @functools.wraps(function)
    def wrapped(*args: Any, as_json: bool, debug: bool, **kwargs: Any) -> Any:
        from infra.memory import tune_memory
        from layers.errors import InputError, OutputError

        tune_memory()
        try:
            return function(_Talk(as_json=as_json), *args, **kwargs)
        except InputError as error:
            if debug:
                raise
            faults = [str(fault) for fault in error.faults]
            shown = (
                faults if len(faults) <= 20 else [*faults[:20], f"... and {len(faults) - 20} more"]
            )
            _refuse(shown, faults, as_json=as_json)
        except OutputError as error:
            if debug:
                raise
            _refuse([str(error)], [str(error)], as_json=as_json)
        except MemoryError:
            text = "There is not enough memory for this. What was in out/ before still stands. To mend: close other programs, or use a smaller area."
            _refuse([text], [text], as_json=as_json)
        except KeyboardInterrupt:
            _refuse(
                ["Stopped. What was in out/ before still stands."], ["stopped"], as_json=as_json
            )

    return wrapped  # type: ignore[return-value]  # click needs the wrapped function itself


def _refuse(shown: list[str], faults: list[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"ok": False, "faults": faults}, indent=1, ensure_ascii=False))
    else:
        for line in shown:
            click.echo(line, err=True)
    sys.exit(1)


def _slept(seconds: float) -> bool:
    time.sleep(seconds)
    return True


STUDY = click.argument("study", type=click.Path(path_type=Path))
CASE = click.argument("case")
PROCESSES = click.option(
    "--processes",
    type=click.IntRange(1, 2),
    default=min(2, os.cpu_count() or 1),
    show_default="as many as processors",
    help="2 ranks and draws cases of a large study side by side: sooner; 1 takes less memory.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="infra")
def main() -> None:
    """Plan digital infrastructure: from open data to a funding bid.

    A study is a folder with study.toml and the publishers' own files in sources/.
    Only `infra fetch` uses the network, and `infra run` where it is given a scheduler.
    """


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--area",
    "area_code",
    default="E47000007",
    show_default=True,
    help="GSS code of the study area.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="The study's clock; today when not given.",
)
@_command
def new(talk: _Talk, folder: Path, area_code: str, as_of: datetime | None) -> None:
    """Make a study folder with a commented study.toml."""
    from infra.new import new_study

    clock = as_of.date() if as_of else date.today()  # noqa: DTZ011 - the user's own calendar
    path = new_study(folder, area_code, clock)
    talk.answer(
        [
            f"Made {path}.",
            f"Next: put the publishers' files in {folder / 'sources'}, then run: infra check {folder}",
        ],
        {"ok": True, "study": str(path), "sources": str(folder / "sources")},
    )


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--premises",
    type=click.IntRange(500, 5_000_000),
    default=20_000,
    show_default=True,
    help="Size; everything scales with it.",
)
@click.option("--seed", type=click.IntRange(0), default=20261123, show_default=True)
@_command
def sample(talk: _Talk, folder: Path, premises: int, seed: int) -> None:
    """Make a practice study: invented files in the publishers' own formats."""
    from infra.practice import new_practice_study

    talk.progress(f"inventing a county of {premises:,} premises")
    made = new_practice_study(folder, premises=premises, seed=seed)
    talk.answer(
        [
            f"Made a practice study of {made.premises:,} premises in {folder} ({made.files} files). Nothing in it is real.",
            f"Next: infra run {folder}",
        ],
        {"ok": True, "study": str(folder), "premises": made.premises, "files": made.files},
    )


@main.command()
@STUDY
@_command
def check(talk: _Talk, study: Path) -> None:
    """Read every source and say what it is, what is used, and what is missing for each case."""
    from infra.check import check_study

    answer = check_study(study, talk.progress)
    talk.answer(answer.lines, answer.data)
    if answer.refused:
        sys.exit(1)


@main.command()
@STUDY
@click.option("--only", "only", multiple=True, help="Fetch this data set alone; may be repeated.")
@click.option("--renew", is_flag=True, help="Let a newer release take the place of an older one.")
@click.option("--list", "list_only", is_flag=True, help="Say what would be fetched; ask nobody.")
@_command
def fetch(talk: _Talk, study: Path, only: tuple[str, ...], renew: bool, list_only: bool) -> None:
    """Download what has a stable address, and say where the rest is published.

    The only command that uses the network.
    """
    from infra.fetch import fetch as fetch_files
    from infra.fetch import listed, wanted
    from infra.study import load_study

    held = load_study(study)
    wants = wanted(held, only)
    if list_only:
        answer = listed(held, wants)
    else:
        answer = fetch_files(held, wants, talk.progress, renew=renew)
    talk.answer(answer.lines, answer.data)
    if answer.refused:
        sys.exit(1)


def _opened(study: Path, case: str | None) -> Session:
    from infra.session import open_session
    from layers.errors import Fault, StudyError

    session = open_session(study)
    if case is not None and case not in session.cases:
        raise StudyError(
            Fault(
                "study.toml",
                f"there is no case '{case}'",
                f"use one of {', '.join(session.cases)}",
                column="case",
            )
        )
    return session


def _run(
    talk: _Talk,
    study: Path,
    wanted: Callable[[str], bool],
    *,
    case: str | None = None,
    processes: int = 1,
) -> list[str]:
    from infra.hands import early_hand

    with early_hand(study, processes) as hand:  # before slow imports here
        from infra.report import describe
        from infra.run import run as run_study

        session = _opened(study, case)
        report = run_study(session, wanted, talk.progress, processes=processes, hand=hand)
    answer = describe(session.study.root, report, case)
    talk.answer(answer.lines, answer.data)
    return [*report.made, *report.kept]


@main.command()
@STUDY
@click.option(
    "--only",
    "only",
    type=click.Choice(["layers", "coverage", "ranking", "documents", "plan", "board"]),
    default=None,
    help="Make this part alone.",
)
@click.option("--explain", is_flag=True, help="Say what would be made again and why; make nothing.")
@click.option(
    "--engine",
    type=click.Choice(["local", "dask"]),
    default="local",
    show_default=True,
    help="Where a study with [country] is worked out.",
)
@click.option("--scheduler", default="", help="Address of a Dask scheduler: tcp://HOST:PORT.")
@PROCESSES
@_command
def run(
    talk: _Talk,
    study: Path,
    only: str | None,
    engine: str,
    scheduler: str,
    *,
    explain: bool,
    processes: int,
) -> None:
    """Make everything: layers, rankings, maps, bids and the board page, into STUDY/out.

    A study with [country] in study.toml is made part by part: layers, gaps and the full-fibre ranking.
    """
    whole = only is None and not explain and engine == "local" and not scheduler and study.is_dir()
    state = _state(talk, study) if whole else ""
    if state is None:
        return
    from infra.study import load_study

    if load_study(study).model.country is not None:
        _run_in_parts(talk, study, engine, scheduler, partly=bool(only) or explain)
        return
    if engine != "local" or scheduler:
        from layers.errors import Fault, StudyError

        problem = "only a study that is made part by part runs on another engine"
        raise StudyError(Fault("--engine", problem, "add [country] to study.toml"))
    if explain:
        from infra.reasons import explain_run
        from infra.session import open_session

        answer = explain_run(open_session(study))
        talk.answer(answer.lines, answer.data)
        return
    groups = _run(
        talk,
        study,
        lambda group: only is None or group.rsplit("/", 1)[-1] == only,
        processes=processes,
    )
    if whole:
        from infra.settled import settle

        settle(study, state, groups)


def _state(talk: _Talk, study: Path) -> str | None:
    """Return what stands for all that a study is made from; None once it is said that nothing has changed."""
    from infra.report import Report, describe
    from infra.settled import state_of, unchanged

    state = state_of(study)
    groups = unchanged(study, state)
    if not groups:
        return state
    answer = describe(study, Report(kept=groups), None)
    talk.answer(answer.lines, answer.data)
    return None


def _run_in_parts(talk: _Talk, study: Path, engine: str, scheduler: str, *, partly: bool) -> None:
    from infra.country import describe_country, run_country
    from infra.engine import engine_of
    from infra.session import open_session
    from layers.errors import Fault, StudyError

    if partly:
        problem = "a study that is made part by part is made as a whole"
        raise StudyError(Fault("--only, --explain", problem, "leave them out"))
    session = open_session(study)
    where = engine_of(engine, scheduler)
    try:
        report = run_country(session, where, talk.progress)
    finally:
        where.close()
    answer = describe_country(session, report)
    talk.answer(answer.lines, answer.data)


@main.command()
@STUDY
@_command
def coverage(talk: _Talk, study: Path) -> None:
    """Make the coverage-gap tables."""
    _run(talk, study, lambda group: group == "coverage")


@main.command()
@STUDY
@CASE
@_command
def rank(talk: _Talk, study: Path, case: str) -> None:
    """Rank the sites of one case."""
    _run(talk, study, lambda group: group == f"{case}/ranking", case=case)


@main.command()
@STUDY
@CASE
@_command
def bid(talk: _Talk, study: Path, case: str) -> None:
    """Rank one case, draw its maps and write its bid pack.

    Where the study has several cases the bid prints its part in the joined-up plan, so that the others
    are ranked too.
    """
    _run(talk, study, lambda group: group.startswith(f"{case}/"), case=case)


@main.command()
@STUDY
@CASE
@_command
def approve(talk: _Talk, study: Path, case: str) -> None:
    """Record which figures the approval of a bid is of; any later change of one voids it.

    Who prepared, checked and approved it, and when, stands in study.toml, [case.NAME.approval].
    """
    from infra.approve import approve as approve_bid

    answer = approve_bid(_opened(study, case), case)
    talk.answer(answer.lines, answer.data)


@main.command()
@STUDY
@_command
def plan(talk: _Talk, study: Path) -> None:
    """Make the joined-up plan across the cases and their budgets."""
    _run(talk, study, lambda group: group == "plan")


@main.command()
@STUDY
@CASE
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@_command
def weights(talk: _Talk, study: Path, case: str, files: tuple[Path, ...]) -> None:
    """Compare swing weights of several people (a CSV each) and rank the sites under each.

    A file has a line for each criterion: its name and its points, 0 to 100, the largest swing 100;
    and, if wished, lines who and when.
    """
    from infra.session import open_session
    from infra.weights import collect_weights

    answer = collect_weights(open_session(study), case, files, talk.progress)
    talk.answer(answer.lines, answer.data)


@main.command()
@STUDY
@_command
def board(talk: _Talk, study: Path) -> None:
    """Make the rankings and the board page; where only weights changed, the plan is said to be older."""
    _run(talk, study, lambda group: group in {"board", "coverage"})


@main.command()
@STUDY
@PROCESSES
@_command
def watch(talk: _Talk, study: Path, *, processes: int) -> None:
    """Make rankings and the board page again whenever a weight or setting is saved, until Ctrl-C.

    The same as `infra board`, sooner: what the rankings are made from is read once. Only one command
    at a time writes into a study, but between two changes any other may.
    """
    from contextlib import suppress

    from infra.watch import watch as watch_study

    with suppress(KeyboardInterrupt):  # what was in out/ before still stands
        watch_study(study, talk.answer, talk.progress, processes=processes, wait=_slept)
    talk.answer(["Stopped."], {"ok": True})


@main.command()
@STUDY
@click.argument("figure")
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Also write the chain as a page to this file.",
)
@_command
def explain(talk: _Talk, study: Path, figure: str, page: Path | None) -> None:
    """Show where a figure comes from, down to file, line, publisher and licence.

    FIGURE is an id printed in a bid (F-XXXXXXXX), or case/table:row:column.
    """
    from infra.explain import explain as explain_figure
    from infra.explain_text import as_data, as_lines, write_page
    from infra.session import open_session
    from infra.trace import open_books

    trace = explain_figure(open_books(open_session(study), talk.progress), figure)
    lines = as_lines(trace)
    if page is not None:
        write_page(trace, page)
        lines.append(f"Wrote {page}")
    talk.answer(lines, as_data(trace))


@main.command()
@STUDY
@_command
def verify(talk: _Talk, study: Path) -> None:
    """Prove the outputs: check every file against the manifest, make all again, compare."""
    from infra.session import open_session
    from infra.verify import verify_study

    answer = verify_study(open_session(study), talk.progress)
    talk.answer(answer.lines, answer.data)
    if answer.refused:
        sys.exit(1)


@main.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path), required=False)
@click.option("--from", "first", default="", help="A release of one study, as 2022-09.")
@click.option("--to", "second", default="", help="A later release of the same study.")
@_command
def compare(talk: _Talk, before: Path, after: Path | None, first: str, second: str) -> None:
    """Say what changed between two studies or releases: coverage, ranks, money, sources.

    With one study, it is compared with the baseline that its study.toml names, or two of its
    releases with each other (--from and --to).
    """
    from infra.compare import compare as compare_outputs
    from infra.compare import out_of, with_baseline
    from infra.compare_releases import compare_releases

    if bool(first) != bool(second) or (first and after is not None):
        raise click.UsageError("--from and --to go together, with one study")
    if first:
        answer = compare_releases(out_of(before), first, second)
    else:
        answer = with_baseline(before) if after is None else compare_outputs(before, after)
    talk.answer(answer.lines, answer.data)


@main.command()
@STUDY
@click.argument("name")
@click.option("--with-sources", is_flag=True, help="Copy the source files too.")
@_command
def freeze(talk: _Talk, study: Path, name: str, with_sources: bool) -> None:
    """Pin files, parameters and outputs for a submission, under STUDY/frozen/NAME."""
    from infra.freeze import freeze as freeze_study
    from infra.session import open_session

    answer = freeze_study(open_session(study), name, with_sources=with_sources)
    talk.answer(answer.lines, answer.data)


@main.command()
@STUDY
@click.argument("edited", type=click.Path(path_type=Path, dir_okay=False))
@_command
def reconcile(talk: _Talk, study: Path, edited: Path) -> None:
    """Say which figures in an edited Word bid no longer match the study."""
    from infra.reconcile import reconcile as reconcile_document
    from infra.study import load_study

    answer = reconcile_document(load_study(study).out, edited)
    talk.answer(answer.lines, answer.data)
    if answer.refused:
        sys.exit(1)


@main.command()
@STUDY
@click.option(
    "--out",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="The archive to write; beside the study when not given.",
)
@_command
def bundle(talk: _Talk, study: Path, target: Path | None) -> None:
    """Put sources, outputs, versions and manifest into one archive for an auditor."""
    from infra.bundle import bundle as bundle_study
    from infra.session import open_session

    answer = bundle_study(open_session(study), target)
    talk.answer(answer.lines, answer.data)


if __name__ == "__main__":
    main()
