"""A folder of files and what becomes of each."""

import pytest

from layers.gather import FileSetting, gather

HEAD = "parl_const,parl_const_name,All Premises,All Matched Premises,SFBB availability (% premises),UFBB availability (% premises),Full Fibre availability (% premises),% of premises unable to receive 30Mbit/s"
ROW = "E14000530,Aldershot,100,100,99.0,90.0,{share},1.0"


def put(folder, name, share=10.0, text=None):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        text if text is not None else f"{HEAD}\n{ROW.format(share=share)}\n", encoding="utf-8"
    )
    return path


def fates(folder, **options):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    made = gather(folder, files, **options)
    return made, {f.name: f for f in made.fates}


def test_a_file_is_known_by_its_header_and_keeps_its_name_and_vintage(tmp_path):
    put(tmp_path, "sources/202401_fixed_pcon_coverage_r01.csv")
    made, fate = fates(tmp_path, sample=True)
    found = fate["sources/202401_fixed_pcon_coverage_r01.csv"]
    assert (found.status, found.detail, found.vintage) == ("used", "pcon", "2024-01")
    assert found.source.sample
    assert found.source.publisher
    assert found.quality.closes
    assert list(made.readings) == ["ofcom_fixed"]


def test_the_same_content_counts_once(tmp_path):
    put(tmp_path, "202401_fixed_pcon_coverage_r01.csv")
    put(tmp_path, "b/202401_fixed_pcon_coverage_r01.csv")
    _, fate = fates(tmp_path)
    assert (
        fate["b/202401_fixed_pcon_coverage_r01.csv"].reason
        == "same content as 202401_fixed_pcon_coverage_r01.csv"
    )


@pytest.mark.parametrize(
    "names", [("202401_fixed_pcon_coverage_r01.csv", "202401_fixed_pcon_coverage_r2.csv")]
)
def test_the_highest_revision_of_a_snapshot_wins(tmp_path, names):
    put(tmp_path, names[0])
    put(tmp_path, names[1], share=20)
    put(tmp_path, "202301_fixed_pcon_coverage_r01.csv", share=5)
    made, fate = fates(tmp_path)
    assert fate[names[0]].status == "not used"
    assert "superseded by r02" in fate[names[0]].reason
    assert fate[names[0]].quality.closes
    assert fate[names[0]].quality.used == 0
    assert fate["202301_fixed_pcon_coverage_r01.csv"].status == "used"
    assert len(made.readings["ofcom_fixed"]) == 2
    assert len(made.left) == 1


def test_residential_premises_are_never_mixed_with_all(tmp_path):
    put(tmp_path, "202401_fixed_pcon_res_coverage_r01.csv")
    made, fate = fates(tmp_path)
    assert "residential" in fate["202401_fixed_pcon_res_coverage_r01.csv"].reason
    assert made.readings == {}


def test_all_faults_of_all_files_come_together_and_nothing_is_raised(tmp_path):
    put(tmp_path, "a.csv", text="<!DOCTYPE html><html></html>")
    put(tmp_path, "b.csv", text="")
    put(tmp_path, "202401_fixed_pcon_coverage_r01.csv")
    (tmp_path / "c.csv").write_text(
        HEAD.replace("Full Fibre availability (% premises)", "Fibre share")
        + "\n"
        + ROW.format(share=1),
        encoding="utf-8",
    )
    made, fate = fates(tmp_path)
    assert {n for n, f in fate.items() if f.status == "refused"} == {"a.csv", "b.csv", "c.csv"}
    assert {fault.where for fault in made.faults} == {"a.csv", "b.csv", "c.csv"}
    assert fate["202401_fixed_pcon_coverage_r01.csv"].status == "used"


def test_a_strange_file_is_not_recognised_and_no_fault(tmp_path):
    put(tmp_path, "notes.csv", text="colour,taste\nred,sour\n")
    made, fate = fates(tmp_path)
    assert fate["notes.csv"].status == "not recognised"
    assert fate["notes.csv"].reason
    assert made.faults == ()


def test_a_study_can_state_vintage_sensitivity_and_use(tmp_path):
    put(tmp_path, "mine.csv")
    put(tmp_path, "other.csv", share=11)
    said = {
        "mine.csv": FileSetting(sensitivity="internal", vintage="2023-05"),
        "other.csv": FileSetting(use=False),
    }
    _, fate = fates(tmp_path, settings=said)
    assert (fate["mine.csv"].vintage, fate["mine.csv"].source.sensitivity) == (
        "2023-05",
        "internal",
    )
    assert fate["other.csv"].reason == "left out by the study"


def test_a_study_can_say_what_a_file_is(tmp_path):
    put(tmp_path, "mine.csv", text="a,b,c\n1,2,3\n")
    made, fate = fates(
        tmp_path, settings={"mine.csv": FileSetting(format_key="ofcom_fixed", vintage="2024-01")}
    )
    assert fate["mine.csv"].status == "refused"
    assert made.faults[0].column
    put(tmp_path, "mine.csv")
    _, fate = fates(
        tmp_path, settings={"mine.csv": FileSetting(format_key="ofcom_fixed", vintage="2024-01")}
    )
    assert fate["mine.csv"].status == "used"


def test_a_missing_file_is_refused_and_the_order_of_files_does_not_matter(tmp_path):
    files = [tmp_path / "gone.csv", put(tmp_path, "202401_fixed_pcon_coverage_r01.csv")]
    lines = []
    one, two = gather(tmp_path, files, progress=lines.append), gather(tmp_path, files[::-1])
    assert [f.name for f in one.fates] == [f.name for f in two.fates]
    assert one.fates[1].status == "refused"
    assert lines == ["reading 202401_fixed_pcon_coverage_r01.csv"]
