"""`infra weights`: swing weights of several people, their spread, and what each would rank."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from infra.report import Answer
from infra.session import Progress, Session
from infra.write import records, write_csv
from infra.writing import writing
from layers.errors import Fault, InputError, StudyError
from scenarios.group_weights import (
    Person,
    group_of,
    profile_lines,
    rankings_of,
    read_person,
    spread,
)

__all__ = ["collect_weights"]

SHOWN = 10
FOLDER = "weights"


def collect_weights(
    session: Session, case: str, files: Sequence[Path], progress: Progress
) -> Answer:
    """Read one file a person, compare them, and write the group's weights under STUDY/weights/CASE.

    Raises
    ------
    StudyError
        Where there is no such case, or with every fault of every file.
    OutputError
        When the results cannot be written.
    """
    if case not in session.cases:
        mend = f"use one of {', '.join(session.cases)}"
        raise StudyError(Fault("study.toml", f"there is no case '{case}'", mend, column="case"))
    profile = session.profiles[case]
    people: list[Person] = []
    faults: list[Fault] = []
    for number, path in enumerate(files, start=1):
        try:
            text = path.read_text(encoding="utf-8-sig")
            people.append(read_person(text, profile, where=path.name, number=number))
        except InputError as error:
            faults += error.faults
        except (OSError, UnicodeDecodeError) as error:
            faults.append(Fault(str(path), f"cannot be read ({error})", "save it as UTF-8 CSV"))
    if faults:
        raise StudyError(faults)
    group = group_of(people, profile)
    progress(f"ranking sites for {case} under each person's weights")
    ranking = session.rank(case, session.evidence(progress)).ranking
    table, places = spread(group, profile), rankings_of(group, ranking, profile)
    on = session.study.model.as_of.isoformat()
    folder = session.study.root / FOLDER / case
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_csv(table, folder / "weights.csv", dict.fromkeys(table.columns[2:], 4))
        write_csv(places[0], folder / "rankings.csv")
        lines = profile_lines(group, profile, on=on)
        (folder / "profile_lines.toml").write_text("\n".join(lines), encoding="utf-8", newline="\n")
    said = [
        f"{profile.title}: swing weights of {len(people)} people; medians are scaled to sum to 100 %"
    ]
    said += [
        f"  {row['label'][:32]:<32}  median {100 * row['median']:5.1f} %   "
        f"{100 * row['least']:5.1f} to {100 * row['most']:5.1f} %   profile {100 * row['profile_weight']:5.1f} %"
        for row in records(table)
    ]
    for number, (person, tau) in enumerate(zip(people, places[1], strict=True), start=1):
        when = f", {person.when}" if person.when else ""
        mine = places[0][places[0][f"rank_{number}"] == 1]
        first = mine["name"].iloc[0] if len(mine) else "no site"
        said.append(f"  {person.who}{when}: first {first}; agrees with the median by tau {tau:.2f}")
    said.append("Ranking under the median, and the best and worst rank anybody gives:")
    said += [
        f"  {row['rank_median']:>4}  ({row['rank_best']} to {row['rank_worst']})  {row['name']}"
        for row in records(places[0].head(SHOWN))
    ]
    said.append(f"Wrote {folder}; profile_lines.toml holds the weights to paste into a profile.")
    data = {
        "ok": True, "case": case, "people": [{"who": p.who, "when": p.when} for p in people],
        "weights": records(table), "rankings": records(places[0]), "tau": places[1],
    }  # fmt: skip
    return Answer(said, data)
