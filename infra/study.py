"""The study: a folder with `study.toml`, read into a typed model or refused with every fault."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from layers.downloads import Download
from layers.errors import Fault, StudyError
from scenarios.case_rules import CaseRules
from scenarios.financial import Finance
from scenarios.mitigation import Mitigation

__all__ = ["CaseModel", "FileModel", "ParameterModel", "Study", "StudyModel", "load_study"]

STUDY_FILE = "study.toml"
PINNED = "frozen.json"
NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class AreaModel(_Strict):
    """The study area."""

    code: str = Field(
        pattern=r"^[A-Z]\d{8}$", description="GSS code of the combined authority or district."
    )
    name: str = Field(min_length=1, description="Its name, as titles print it.")
    districts: tuple[Annotated[str, Field(pattern=r"^[EWSN]\d{8}$")], ...] = Field(
        min_length=1, description="GSS codes of the districts that make up the area."
    )


class FileModel(_Strict):
    """What a source file cannot say of itself."""

    name: str = Field(description="File name or path below the sources folder.")
    sensitivity: Literal["public", "internal", "commercial"] = Field(
        "public", description="Who may see figures that rest on it."
    )
    vintage: str = Field(
        "", description="What the data describe (2024-01), where the file does not say."
    )
    use: bool = Field(default=True, description="false leaves the file out of the run.")


class SourcesModel(_Strict):
    """Where the publishers' files are."""

    folder: str = Field("sources", description="Folder of source files, relative to the study.")
    sensitivity: Literal["public", "internal", "commercial"] = Field(
        "public", description="Sensitivity of files that are not listed."
    )
    file: tuple[FileModel, ...] = Field((), description="Files about which more must be said.")


class FetchFileModel(_Strict):
    """A file to download from an address of the study's own."""

    dataset: str = Field(description="Data set of the catalogue it belongs to.")
    url: str = Field(pattern=r"^https://[^\s@]+$", description="The address; https only.")
    into: str = Field(description="Where it goes below the sources folder.")
    kind: Literal["file", "os", "arcgis", "nomis", "overpass"] = Field(
        "file", description="How it comes: layers/downloads.toml explains the kinds."
    )
    holds: Literal["zip", "csv", "geojson", "osm", "any"] = Field(
        "any", description="What it must hold."
    )
    where: str = Field("1=1", description="Condition of an ONS layer.")
    within: str = Field("", description="Bounds of an ONS layer.")
    order: str = Field("", description="Field an ONS layer is ordered by.")
    sha256: str = Field("", pattern=r"^([0-9a-fA-F]{64})?$", description="Checksum it must have.")
    max_mb: int = Field(4096, gt=0, le=65536, description="The most it may weigh.")

    @field_validator("into")
    @classmethod
    def _below(cls, value: str) -> str:
        Download("x", "file", "https://x", value)  # refuses a place outside the sources folder
        return value


class FetchModel(_Strict):
    """What `infra fetch` downloads."""

    datasets: tuple[str, ...] | None = Field(
        None, description="Data sets to download; all that have a stable address where not given."
    )
    file: tuple[FetchFileModel, ...] = Field((), description="Files from other addresses.")


class ConfirmModel(_Strict):
    """A gate that somebody has checked, for one site or (site = "*") for all."""

    site: str = Field(description="Site id, or * for every site of the case.")
    gate: str = Field(description="Gate key of the profile.")
    outcome: Literal["pass", "fail"] = "pass"
    who: str = Field(min_length=1, description="Who checked.")
    when: date = Field(description="When.")
    why: str = Field(min_length=1, description="On what evidence.")


class ApprovalModel(_Strict):
    """Who stands behind a bid: printed on its first page, a draft until all of it is given."""

    version: str = Field(
        "", pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,19})?$", description="Version of the bid."
    )
    prepared_by: str = Field("", description="Who prepared it: name or post.")
    prepared_on: date | None = Field(None, description="When.")
    checked_by: str = Field("", description="Who checked it.")
    checked_on: date | None = Field(None, description="When.")
    approved_by: str = Field("", description="The Section 151 officer who approved it.")
    approved_on: date | None = Field(None, description="When.")

    @model_validator(mode="after")
    def _in_order(self) -> ApprovalModel:
        given = [d for d in (self.prepared_on, self.checked_on, self.approved_on) if d is not None]
        if given != sorted(given):
            raise ValueError("a bid is prepared, then checked, then approved: its dates go back")
        return self


class CaseModel(CaseRules):
    """One bid."""

    scenario: str = Field(description="Which scenario ranks the sites.")
    profile: str = Field(
        description="Fund profile: a shipped name, or a file relative to the study."
    )
    budget_gbp: float = Field(gt=0, description="The most the bid may ask for.")
    title: str = Field("", description="Title of the bid; the profile's title when empty.")
    target_outcome: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Outcome aimed at in the joined-up plan; the profile's when not given.",
    )
    deadline: date | None = Field(None, description="Last day on which the fund takes the bid.")
    stage: str = Field("", description="Where the bid stands, such as 'outline' or 'submitted'.")
    owner: str = Field("", description="Who answers for the bid: a post or a team, no person.")
    approval: ApprovalModel = Field(
        ApprovalModel(), description="Who prepared, checked and approved the bid, and when."
    )
    confirm: tuple[ConfirmModel, ...] = Field((), description="Gates checked by people.")
    finance: Finance = Finance()
    mitigation: tuple[Mitigation, ...] = Field(
        (), description="Factors of optimism bias that are dealt with."
    )


class ParameterModel(_Strict):
    """A parameter whose value somebody states."""

    value: float
    low: float | None = None
    high: float | None = None
    who: str = Field(min_length=1, description="Who states it.")
    when: date = Field(description="When.")
    why: str = Field(min_length=1, description="The quote, document or decision it rests on.")


class TargetModel(_Strict):
    """A share that somebody has set out to reach."""

    value_pct: float = Field(ge=0, le=100, description="The share.")
    by: str = Field("", description="Year or date by which.")
    source: str = Field(min_length=1, description="Who set it, and where it is written.")


class PlanModel(_Strict):
    """The joined-up plan."""

    pot_gbp: float = Field(0.0, ge=0, description="Money that any of the funds may draw on.")
    sharing_rule: Literal["", "proportional", "shapley"] = Field(
        "",
        description="How shared work is split between funds; the profiles' own rule when empty.",
    )
    floor: Literal["same money", "own budget"] = Field(
        "same money",
        description="What no fund may fall below where there is a pot: a plan of its own with the same "
        "money in all, or with its own budget.",
    )


class PartsModel(_Strict):
    """How a study too large to be held at once is cut up; no figure depends on it."""

    parts: int = Field(0, ge=0, le=1000, description="How many parts; by its areas when 0.")
    buckets: int = Field(0, ge=0, le=1000, description="How many buckets; by its files when 0.")


class StudyModel(_Strict):
    """The whole of `study.toml`."""

    schema_: Literal[1] = Field(alias="schema", description="Version of this file's layout.")
    name: str = Field(min_length=1, description="Name of the study, as titles print it.")
    as_of: date = Field(
        description="The study's only clock: ages and 'date produced' come from it."
    )
    seed: int = Field(0, ge=0, description="Seed of every random draw.")
    sample: bool = Field(
        default=False, description="true marks every output SAMPLE DATA - NOT FOR BIDS."
    )
    baseline: str = Field("", description="An earlier out/ folder to compare with.")
    strategy: str = Field(
        "west-midlands-sep",
        description="Strategy whose objectives the cases serve: a shipped name, or a file of the study.",
    )
    area: AreaModel
    sources: SourcesModel = SourcesModel()
    plan: PlanModel = PlanModel()
    country: PartsModel | None = Field(
        None, description="Marks a study that is made part by part: layers, gaps and one ranking."
    )
    fetch: FetchModel = FetchModel()
    case: dict[Annotated[str, Field(pattern=NAME)], CaseModel] = Field(min_length=1)
    target: dict[Annotated[str, Field(pattern=r"^[a-z0-9_]+_pct$")], TargetModel] = Field(
        default_factory=dict, description="Targets by measure, printed beside every share."
    )
    parameters: dict[str, ParameterModel] = Field(default_factory=dict)


class Study:
    """A study folder and what its `study.toml` says."""

    def __init__(self, root: Path, model: StudyModel) -> None:
        self.root = root
        self.model = model

    @property
    def sources_folder(self) -> Path:
        """Folder of the publishers' files."""
        return self.root / self.model.sources.folder

    @property
    def out(self) -> Path:
        """Folder of the outputs."""
        return self.root / "out"

    @property
    def work(self) -> Path:
        """Folder of the kept steps."""
        return self.root / ".infra"

    def files(self) -> list[Path]:
        """Return the source files, by path; hidden files are not sources.

        Raises
        ------
        StudyError
            When the folder is missing or empty, or a file that `study.toml` names is not there.
        """
        folder = self.sources_folder
        name = self.model.sources.folder
        if not folder.is_dir():
            mend = "make it and put the publishers' files in it"
            if (self.root / PINNED).is_file():
                mend = f"this was frozen without copies of its sources: copy the files that {PINNED} lists there"
            raise StudyError(
                Fault(
                    STUDY_FILE,
                    f"the sources folder '{name}' is not there",
                    mend,
                    column="sources.folder",
                )
            )
        found = sorted(
            (
                p
                for p in folder.rglob("*")
                if p.is_file()
                and not any(part.startswith(".") for part in p.relative_to(folder).parts)
            ),
            key=lambda p: p.relative_to(folder).as_posix(),
        )
        if not found:
            raise StudyError(
                Fault(
                    f"{name}/",
                    "there are no files in it",
                    "put the publishers' files in it ('infra fetch' downloads some and names the pages of the rest)",
                )
            )
        names = {p.relative_to(folder).as_posix() for p in found} | {p.name for p in found}
        missing = [
            Fault(
                STUDY_FILE,
                f"the source file '{item.name}' is not in {name}/",
                "put it back or take the entry out",
                column="sources.file",
            )
            for item in self.model.sources.file
            if item.name not in names
        ]
        if missing:
            raise StudyError(missing)
        return found


def _line_of(text: str, location: tuple[Any, ...]) -> int | None:
    """Find the line of `study.toml` that a setting stands on, by its last named key."""
    keys = [str(part) for part in location if isinstance(part, str)]
    table = keys[:-1]
    best: int | None = None
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        head = re.match(r"^\s*\[+\s*([^\]]+?)\s*\]+", line)
        if head:
            current = head[1].replace('"', "")
            if keys and (current == ".".join(keys)):
                best = number
        elif (
            keys
            and re.match(rf'^\s*"?{re.escape(keys[-1])}"?\s*=', line)
            and current == ".".join(table)
        ):
            return number
    return best


def _fault(text: str, error: Any) -> Fault:
    location = tuple("schema" if part == "schema_" else part for part in error["loc"])
    setting = ".".join(str(part) for part in location)
    kind = error["type"]
    if kind == "extra_forbidden":
        problem, mend = f"there is no setting '{setting}'", "remove it or correct its spelling"
    elif kind == "missing":
        problem, mend = (
            f"the setting '{setting}' is missing",
            "add it (infra new writes a commented example)",
        )
    else:
        given = error.get("input")
        shown = f" (it is {given!r})" if isinstance(given, str | int | float | bool) else ""
        problem, mend = (
            f"'{setting}' is not right{shown}: {error['msg'].lower()}",
            "correct the value",
        )
    return Fault(STUDY_FILE, problem, mend, line=_line_of(text, location), column=setting)


def load_study(folder: Path) -> Study:
    """Read `study.toml` of a study folder.

    Parameters
    ----------
    folder
        The study folder (or the path of its `study.toml`).

    Raises
    ------
    StudyError
        With every fault: no such file, not TOML, unknown or missing settings, values of the wrong
        kind.
    """
    root = folder.parent if folder.name == STUDY_FILE else folder
    path = root / STUDY_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyError(
            Fault(
                str(path),
                "there is no study here",
                f"run 'infra new {folder}' first, or name the folder that holds {STUDY_FILE}",
            )
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(
            Fault(str(path), f"the study cannot be read ({error})", "save it as UTF-8 text")
        ) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise StudyError(
            Fault(
                STUDY_FILE,
                f"not readable as TOML ({error})",
                "correct the line",
                line=int(line[1]) if line else None,
            )
        ) from None
    try:
        model = StudyModel.model_validate(data)
    except ValidationError as error:
        raise StudyError(_fault(text, item) for item in error.errors()) from None
    return Study(root, model)
