"""Edits that an office makes to a study in a week, each drawn at random; for the tests that follow them."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from infra.run import run

MADE = ("out", ".infra")


def without_outputs(study: Path, copy: Path) -> None:
    """Copy what somebody gave, and nothing that was made."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(study, copy, ignore=lambda at, _: MADE if Path(at) == study else ())


def restore(study: Path, copy: Path) -> None:
    """Put back what somebody gave as it was; what was made stays."""
    for path in study.iterdir():
        if path.name not in MADE:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(copy, study, dirs_exist_ok=True)


class Churn:
    """Edits that an office makes in a week, each drawn at random."""

    def __init__(self, study: Path, seed: int) -> None:
        self.study = study
        self.chance = random.Random(seed)
        self.away = study.with_name("away")
        self.away.mkdir()
        self.edits: list[Callable[[], str]] = [
            self.budget, self.seed, self.rename_study, self.take_away, self.put_back, self.swap_name,
            self.break_a_row, self.parameter, self.weight, self.touch, self.harm_output, self.clock,
        ]  # fmt: skip

    def deeper(self) -> None:
        """Add edits that a study may refuse, or that reach further than one file or one case."""
        self.edits += [
            self.release, self.cells, self.row_order, self.anchor, self.plan, self.baseline,
            self.confirmed, self.sensitivity, self.area_name, self.put_back,
        ]  # fmt: skip

    def one(self) -> str:
        return self.chance.choice(self.edits)()

    def _toml(self, change: Callable[[str], str]) -> None:
        path = self.study / "study.toml"
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    def _set(self, pattern: str, text: str) -> None:
        self._toml(lambda held: re.sub(pattern, text, held, count=1, flags=re.MULTILINE))

    def _files(self) -> list[Path]:
        """Files that a study can do without."""
        return [
            p
            for folder in ("naptan", "business", "deprivation", "sites", "property", "osm")
            for p in sorted((self.study / "sources" / folder).rglob("*"))
            if p.is_file()
        ]

    def budget(self) -> str:
        self._set(r"budget_gbp = [\d_.]+", f"budget_gbp = {self.chance.randrange(100, 2000)}_000")
        return "a budget"

    def seed(self) -> str:
        self._set(r"^seed = \d+", f"seed = {self.chance.randrange(10_000)}")
        return "the seed"

    def rename_study(self) -> str:
        self._set(r'^name = "[^"]*"', f'name = "Study {self.chance.randrange(1000)}"')
        return "the name"

    def clock(self) -> str:
        self._set(r"^as_of = [\d-]+", f"as_of = 2026-0{self.chance.randrange(1, 9)}-15")
        return "the clock"

    def take_away(self) -> str:
        files = self._files()
        if not files:
            return "nothing left to take away"
        victim = self.chance.choice(files)
        self._away(victim)
        return f"{victim.name} taken away"

    def _away(self, victim: Path) -> None:
        target = self.away / victim.relative_to(self.study / "sources")
        target.parent.mkdir(parents=True, exist_ok=True)
        victim.replace(target)

    def put_back(self) -> str:
        held = sorted(p for p in self.away.rglob("*") if p.is_file())
        if not held:
            return "nothing to put back"
        back = self.chance.choice(held)
        target = self.study / "sources" / back.relative_to(self.away)
        target.parent.mkdir(parents=True, exist_ok=True)
        back.rename(target)
        return f"{back.name} put back"

    def swap_name(self) -> str:
        files = [p for p in self._files() if p.suffix == ".csv"]
        if not files:
            return "no file to rename"
        victim = self.chance.choice(files)
        victim.rename(victim.with_name(f"{self.chance.randrange(10**6)}_{victim.name[-40:]}"))
        return f"{victim.name} renamed"

    def break_a_row(self) -> str:
        (path,) = sorted((self.study / "sources" / "naptan").rglob("*.csv"))[:1] or [None]
        if path is None:
            return "no row to break"
        lines = path.read_bytes().split(b"\n")
        at = self.chance.randrange(1, max(2, len(lines) - 1))
        lines[at] = b"broken"
        path.write_bytes(b"\n".join(lines))
        return f"line {at + 1} of {path.name} broken"

    def parameter(self) -> str:
        key = "fibre.public_site_all_in_gbp"
        value = self.chance.randrange(9_000, 30_000)
        entry = (
            f'[parameters."{key}"]\nvalue = {value}\nwho = "Procurement"\n'
            'when = 2026-01-05\nwhy = "a framework price"\n'
        )
        self._toml(
            lambda held: re.sub(
                rf'\n?\[parameters\."{re.escape(key)}"\]\n(?:\w+ = .*\n)*', "\n", held
            ) + "\n" + entry
        )  # fmt: skip
        return f"{key} = {value}"

    def _own_profile(self) -> Path:
        own = self.study / "mine.toml"
        if not own.exists():
            shipped = Path(run.__code__.co_filename).parents[1] / "scenarios" / "profiles"
            shutil.copy(shipped / "co-working.toml", own)
            self._set(r'profile = "co-working"', 'profile = "mine.toml"')
        return own

    def weight(self) -> str:
        """Move weight between the first two criteria of a profile of the study's own."""
        own = self._own_profile()
        text = own.read_text(encoding="utf-8")
        found = list(re.finditer(r"^weight = ([\d.]+)", text, flags=re.MULTILINE))[:2]
        first, second = (float(m[1]) for m in found)
        part = round(self.chance.uniform(0.2, 0.8) * (first + second), 2)
        for match, value in zip(reversed(found), (first + second - part, part), strict=True):
            text = text[: match.start()] + f"weight = {value:.2f}" + text[match.end() :]
        own.write_text(text, encoding="utf-8")
        return "a weight"

    def touch(self) -> str:
        path = self.chance.choice(self._files() or [self.study / "study.toml"])
        path.touch()
        return f"{path.name} touched"

    def harm_output(self) -> str:
        path = self.chance.choice(sorted((self.study / "out").rglob("*.csv")))
        path.write_text(path.read_text(encoding="utf-8") + "x\n", encoding="utf-8")
        return f"out/{path.name} harmed"

    def release(self) -> str:
        """Take every file of one release of Ofcom's away."""
        files = sorted((self.study / "sources" / "ofcom").rglob("*_fixed_*.csv"))
        if not files:
            return "no release left"
        month = self.chance.choice(files).name[:6]
        for path in files:
            if path.name.startswith(month):
                self._away(path)
        return f"the release of {month} taken away"

    def _tables(self) -> list[Path]:
        return sorted((self.study / "sources").rglob("*.csv"))

    def cells(self) -> str:
        """Change a figure in some rows of any file."""
        path = self.chance.choice(self._tables())
        lines = path.read_bytes().split(b"\n")
        for _ in range(self.chance.randrange(1, 6)):
            at = self.chance.randrange(1, max(2, len(lines) - 1))
            digits = [m.start() for m in re.finditer(rb"\d", lines[at])]
            if digits:
                spot = self.chance.choice(digits)
                new = str(self.chance.randrange(10)).encode()
                lines[at] = lines[at][:spot] + new + lines[at][spot + 1 :]
        path.write_bytes(b"\n".join(lines))
        return f"figures of {path.name} changed"

    def row_order(self) -> str:
        """Change places of two rows of any file, or repeat one."""
        path = self.chance.choice(self._tables())
        lines = path.read_bytes().split(b"\n")
        if len(lines) < 4:
            return "too few rows"
        one, other = (self.chance.randrange(1, len(lines) - 1) for _ in range(2))
        if self.chance.random() < 0.5:
            lines[one], lines[other] = lines[other], lines[one]
        else:
            lines.insert(one, lines[other])
        path.write_bytes(b"\n".join(lines))
        return f"rows of {path.name} moved"

    def anchor(self) -> str:
        own = self._own_profile()
        text = own.read_text(encoding="utf-8")
        match = self.chance.choice(
            list(re.finditer(r"^anchor_one = ([1-9]\d*)", text, re.MULTILINE))
        )
        value = max(1, round(int(match[1]) * self.chance.uniform(0.6, 1.6)))
        own.write_text(
            f"{text[: match.start()]}anchor_one = {value}{text[match.end() :]}", encoding="utf-8"
        )
        return f"an anchor at {value}"

    def _section(self, pattern: str, entry: str) -> None:
        """Put an entry in place of what the pattern finds, at the end of study.toml."""
        self._toml(lambda held: re.sub(pattern, "\n", held).rstrip() + f"\n\n{entry}")

    def plan(self) -> str:
        pot, rule = (
            self.chance.randrange(0, 500) * 1000,
            self.chance.choice(("proportional", "shapley")),
        )
        self._section(
            r"\n?\[plan\]\n(?:\w+ = .*\n)*", f'[plan]\npot_gbp = {pot}\nsharing_rule = "{rule}"\n'
        )
        return f"a pot of {pot} shared by the {rule} rule"

    def baseline(self) -> str:
        """Keep the outputs of now as those to compare with."""
        earlier = self.study / "earlier"
        shutil.rmtree(earlier, ignore_errors=True)
        shutil.copytree(self.study / "out", earlier)
        self._set(r'^(baseline = "earlier"\n)?^seed', 'baseline = "earlier"\nseed')
        return "a baseline"

    def confirmed(self) -> str:
        """Turn what somebody confirmed into its opposite."""
        path = self.study / "study.toml"
        text = path.read_text(encoding="utf-8")
        match = self.chance.choice(
            list(re.finditer(r'^outcome = "(pass|fail)"', text, re.MULTILINE))
        )
        new = "fail" if match[1] == "pass" else "pass"
        path.write_text(
            f'{text[: match.start()]}outcome = "{new}"{text[match.end() :]}', encoding="utf-8"
        )
        return f"a gate confirmed: {new}"

    def sensitivity(self) -> str:
        name = self.chance.choice(self._files() or self._tables()).name
        kind = self.chance.choice(("public", "internal", "commercial"))
        self._section(
            r"\n?\[\[sources\.file\]\]\n(?:\w+ = .*\n)*",
            f'[[sources.file]]\nname = "{name}"\nsensitivity = "{kind}"\n',
        )
        return f"{name} is {kind}"

    def area_name(self) -> str:
        self._set(
            r'^name = "Practice Combined[^"]*"',
            f'name = "Practice Combined Authority {self.chance.randrange(99)}"',
        )
        return "the area's name"
