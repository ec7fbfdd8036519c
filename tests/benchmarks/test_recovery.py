"""The recovery benchmark: its problems, its score, its tables, and that a run is taken up where it ended."""

import numpy as np
import pytest
import sympy as sp

from benchmarks.recovery import tables
from benchmarks.recovery.__main__ import main
from benchmarks.recovery.child import OVER, ask
from benchmarks.recovery.judge import SRBENCH, STRICT, verdict
from benchmarks.recovery.problems import NOISES, Job, draw, in_srbench, laws, number
from benchmarks.recovery.published import PUBLISHED
from benchmarks.recovery.results import Row, load, merged, save, waiting
from benchmarks.recovery.solve import reason, row
from benchmarks.training.tables import write_section
from datasets import catalogue
from symbolic.formulas._numeric import evaluate
from symbolic.formulas._tree import to_tree

x, y = sp.symbols("x y")
BOX = {"x": [1.0, 3.0], "y": [1.0, 2.0]}


def test_the_sets_are_srbenchs_116_and_forty_of_them():
    every = catalogue(collection="feynman")
    counted = {number(entry) for entry in every if in_srbench(entry)}
    assert len(laws("all")) == len(set(laws("all"))) == 120
    assert len(counted) == 116
    assert not counted & {"I.26.2", "I.30.5", "II.11.17", "test_10"}
    assert len(set(laws("stratified"))) == 40
    assert set(laws("stratified")) <= counted


def test_the_forty_are_as_hard_as_all_of_them():
    entries = {number(entry): entry for entry in catalogue(collection="feynman")}
    some = [entries[law] for law in laws("stratified")]
    known = [entry for entry in entries.values() if in_srbench(entry)]
    for measure in (lambda e: e.difficulty, lambda e: len(e.variables), lambda e: number(e).startswith("test_")):
        assert np.mean([measure(e) for e in some]) == pytest.approx(np.mean([measure(e) for e in known]), abs=0.15)


def test_noise_is_srbenchs_and_spares_the_test_rows():
    clean, noisy = (draw(Job("I.12.1", noise, rows=4000)) for noise in (0.0, 0.1))
    np.testing.assert_array_equal(clean.X, noisy.X)
    np.testing.assert_array_equal(clean.y_test, noisy.y_test)
    added = noisy.y - clean.y
    assert added.std() == pytest.approx(0.1 * np.sqrt(np.mean(clean.y**2)), rel=0.05)
    assert abs(added.mean()) < 0.1 * added.std()
    symbols = [sp.Symbol(name) for name in clean.names]
    np.testing.assert_allclose(evaluate(clean.truth, symbols, clean.X_test), clean.y_test, rtol=1e-12)
    assert (len(clean.y), len(clean.y_test)) == (4000, 2500)


def test_one_seed_gives_the_same_rows_and_realistic_ranges_others():
    job = Job("I.8.14", 0.01, rows=50)
    np.testing.assert_array_equal(draw(job).y, draw(job).y)
    assert not np.array_equal(draw(job).y, draw(Job("I.8.14", 0.01, seed=1, rows=50)).y)
    assert not np.array_equal(draw(job).X, draw(Job("I.8.14", 0.01, "realistic", rows=50)).X)


@pytest.mark.parametrize(
    ("truth", "law", "strict", "srbench"),
    [
        (x * y, y * x, True, True),
        (x * y, 2.5 * x * y, False, True),
        (sp.sqrt(x), sp.sqrt(x) + 0.2, False, True),
        (sp.sin(x), sp.cos(x - sp.pi / 2), True, True),
        (x * y, x * y + 0.01 * x**2, False, False),
        (x * y, 1.0001 * x * y, False, True),
    ],
)
def test_the_two_criteria(truth, law, strict, srbench):
    given = to_tree(truth), to_tree(law), BOX
    assert (verdict(STRICT, *given), verdict(SRBENCH, *given)) == (strict, srbench)


def test_a_judge_in_its_own_process_answers_or_is_ended():
    parts = {"truth": to_tree(x * y), "law": to_tree(y * x), "ranges": BOX}
    assert ask("benchmarks.recovery.judge", {"criterion": STRICT, **parts}, 60) == {"same": True}
    assert ask("benchmarks.recovery.judge", {"criterion": STRICT, **parts}, 0.05) == {"failed": OVER}
    broken = ask("benchmarks.recovery.judge", {"criterion": STRICT}, 60)
    assert broken["failed"].startswith("broke off: KeyError")


JOB = Job("I.12.1")


@pytest.mark.parametrize(
    ("miss", "verdicts", "why"),
    [
        (0.0, {STRICT: True, SRBENCH: True}, ""),
        (0.0, {STRICT: True, SRBENCH: False}, "but SRBench's scorer does not see it"),
        (1e-9, {STRICT: False, SRBENCH: True}, "the law but for a constant or digits"),
        (1e-9, {STRICT: False, SRBENCH: OVER}, "the srbench criterion did not decide in time"),
        (1e-9, {STRICT: False, SRBENCH: False}, "another formula of nearly the same values: 1 − R² = 1e-09"),
        (0.02, {STRICT: False, SRBENCH: False}, "another formula: 1 − R² = 0.02"),
        (0.7, {STRICT: False}, "explains too little: 1 − R² = 0.7"),
        (float("nan"), {STRICT: False}, "explains too little: 1 − R² = nan"),
    ],
)
def test_the_reason_of_a_failure_is_said(miss, verdicts, why):
    assert reason({"miss": miss}, verdicts) == why


def test_what_was_not_decided_is_not_solved():
    assert not row(JOB, {"miss": 0.0}, {STRICT: OVER, SRBENCH: OVER}).strict
    assert row(JOB, {"miss": 0.0}, {STRICT: OVER, SRBENCH: OVER}).srbench is False
    assert row(Job("I.12.1", ranges="realistic"), {"miss": 0.0}, {STRICT: True}).srbench is None
    assert not row(JOB, {}, {}, "was ended after 180 s").strict


def _row(law="I.12.1", noise=0.0, strict=True, srbench=True, seconds=2.0, **fields):
    found = {"miss": 1e-13, "seconds": seconds, "wall": 1.5, "size": 3, "text": "a|b", "truth_text": "mu*Nn"}
    verdicts = {STRICT: strict, SRBENCH: srbench}
    return row(Job(law, noise, **fields), found | {"status": "exact"}, verdicts)._replace(machine="here")


def test_rows_come_back_from_the_file_as_they_were(tmp_path):
    rows = [
        _row(),
        _row("I.8.14", 0.01, False, False),
        row(Job("test_3", ranges="realistic", units=True), {}, {}, 'refused: "x, y"'),
    ]
    save(tmp_path / "some" / "r.csv", rows)
    assert load(tmp_path / "some" / "r.csv") == rows
    assert load(tmp_path / "none.csv") == []


def test_a_run_does_only_what_no_row_tells_of():
    known = [_row(), _row(noise=0.1)]
    jobs = [Job("I.12.1", noise) for noise in NOISES] + [Job("I.12.1", budget=5.0), Job("I.12.1", seed=1)]
    assert waiting(jobs, known) == [jobs[1], jobs[2], jobs[4], jobs[5]]
    assert waiting(jobs[:1], [row(JOB, {}, {}, "refused: no units yet")]) == jobs[:1]
    again = _row(seconds=9.0)
    assert merged(known, [again]) == [known[1], again]


def test_rates_count_srbenchs_laws_apart():
    rows = [_row(), _row("I.8.14", strict=False), _row("I.26.2", strict=False, srbench=False), _row(noise=0.1)]
    lines = [line.split(" | ") for line in tables.rates(rows).splitlines()[2:]]
    shares = {(cells[3].strip(), cells[4].strip()): [cell.strip(" |") for cell in cells[5:]] for cells in lines}
    assert shares == {
        ("SRBench's 116", "strict"): ["1 of 2, 50.0 %", "–", "–", "1 of 1, 100.0 %"],
        ("SRBench's 116", "SRBench"): ["2 of 2, 100.0 %", "–", "–", "1 of 1, 100.0 %"],
        ("all 120", "strict"): ["1 of 3, 33.3 %", "–", "–", "1 of 1, 100.0 %"],
        ("all 120", "SRBench"): ["2 of 3, 66.7 %", "–", "–", "1 of 1, 100.0 %"],
    }


def test_overruns_are_counted():
    rows = [_row(seconds=2.0), _row("I.8.14", seconds=62.0), _row("I.9.18", strict=False, seconds=90.0)]
    assert "| 62.0 s | 32.0 s" in tables.times(rows)
    assert "| 90.0 s  | 1 of 3" in tables.times(rows)


def test_the_list_says_why_and_keeps_its_columns():
    text = tables.listing([_row(), _row("I.8.14", strict=False, srbench=False)])
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1
    assert table[2].startswith("| I.8.14")
    assert "another formula of nearly the same values" in table[2]
    assert "`a\\|b`" in table[2]


def test_the_section_stands_beside_the_others(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# Benchmarks\n\n<!-- training: begin (x) -->\nkept\n<!-- training: end -->\n")
    for _ in range(2):
        write_section(readme, tables.section([_row()]), tables.BEGIN, tables.END)
    text = readme.read_text()
    assert text.count("## Recovery") == text.count(tables.BEGIN) == text.count(tables.END) == 1
    assert "kept" in text
    for known in PUBLISHED:
        assert known.system in text


def test_a_run_with_nothing_left_to_do_prints_its_tables_and_starts_no_worker(tmp_path, capsys):
    path = tmp_path / "r.csv"
    save(path, [_row()])
    main(["--laws", "I.12.1", "--noise", "0", "--results", str(path)])
    printed = capsys.readouterr().out
    assert "0 of 1 searches to do" in printed
    assert "1 of 1, 100.0 %" in printed
    assert "I.12.1" in path.with_suffix(".md").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--laws", "I.99.9"], "unknown law I.99.9"), (["--noise", "0.05"], "noises are 0, 0.001, 0.01, 0.1")],
)
def test_what_cannot_be_measured_is_refused(arguments, words, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert words in capsys.readouterr().err


def test_every_field_of_a_row_is_written():
    assert set(Row._fields) >= {"strict", "srbench", "miss", "seconds", "found", "why"}
    assert all(len(known.rates) == len(NOISES) for known in PUBLISHED)
