"""The numbers behind the charts of a law, and what the charts say."""

from dataclasses import replace

import numpy as np
import pytest

from app.charts import charts_law
from app.tasks.law_points import MOST, NEAR, Sheet, cloud, is_wide, slice_of, surface_of
from datasets import sample
from symbolic import fit_formula

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def sheet():
    data = sample("m*v^2/2", {"m": (1, 2), "v": (1, 5)}, n=300, noise=0.02, seed=0)
    return Sheet(fit_formula("a*m*v^2", *data.part("train"), data.names, data.target), data)


def test_the_cloud_holds_every_row_of_a_small_table_and_tells_the_unseen(sheet):
    rows = cloud(sheet)
    assert np.array_equal(rows.X, sheet.data.X)
    assert np.array_equal(np.flatnonzero(rows.unseen), sheet.data.split.test)
    assert np.allclose(rows.residual, sheet.data.y - sheet.law.predict(sheet.data.X))


def test_the_cloud_of_a_large_table_stays_small(sheet):
    many = replace(sheet.data, X=np.tile(sheet.data.X, (20, 1)), y=np.tile(sheet.data.y, 20), split=None)
    assert len(cloud(Sheet(sheet.law, many)).y) == MOST


def test_a_slice_is_the_law_along_one_input_and_reaches_past_the_data(sheet):
    cut = slice_of(sheet, 1, [1.5, 3.0])
    a = sheet.law.constants[0].value
    assert np.allclose(cut.y, a * 1.5 * cut.x**2)
    assert cut.x[0] < cut.domain[0] < cut.domain[1] < cut.x[-1]
    assert cut.x[0] > 0  # a positive input stays positive
    assert (cut.low < cut.y).all()
    assert (cut.y < cut.high).all()


def test_rows_nearby_keep_their_residual_when_they_are_moved_onto_a_slice(sheet):
    cut = slice_of(sheet, 1, [1.5, 3.0])
    assert len(cut.near_x) == NEAR
    near = [int(np.flatnonzero(sheet.data.X[:, 1] == x)[0]) for x in cut.near_x]
    assert np.abs(sheet.data.X[near, 0] - 1.5).max() <= np.sort(np.abs(sheet.data.X[:, 0] - 1.5))[NEAR]
    residual = sheet.data.y[near] - sheet.law.predict(sheet.data.X[near])
    moved = sheet.law.predict(np.column_stack([np.full(NEAR, 1.5), cut.near_x]))
    assert np.allclose(cut.near_y - moved, residual)


def test_a_surface_is_the_law_over_the_box(sheet):
    first, second, values = surface_of(sheet)
    assert values.shape == (len(second), len(first))
    assert values[3, 7] == pytest.approx(float(sheet.law.predict([[first[7], second[3]]])[0]))


@pytest.mark.parametrize(
    ("values", "wide"), [([0.24, 164.0], True), ([1.0, 99.0], False), ([-1.0, 1e6], False), ([], False)]
)
def test_an_axis_over_decades_is_logarithmic(values, wide):
    assert is_wide(np.array(values)) is wide


def test_no_name_is_markup_in_a_chart(sheet):
    named = replace(sheet.data, names=(EVIL, "v"), target=f"{EVIL} 2", law=None, units={EVIL: "<b>kg</b>"})
    hostile = Sheet(fit_formula("a*v^2", *named.part("train"), named.names, named.target), named)
    rows, cut = cloud(hostile), slice_of(hostile, 0, hostile.middle)
    figures = [
        charts_law.parity(hostile, rows),
        charts_law.residuals(hostile, rows, 0),
        charts_law.slice_(hostile, cut, 0),
        charts_law.surface(hostile, rows),
        charts_law.rivals(hostile, [(EVIL, cut), (EVIL, cut)], 0, 1.5),
        charts_law.front([{"text": EVIL, "complexity": 3, "error": 0.1}], 0, EVIL),
    ]
    for figure in figures:
        assert "<img" not in figure.to_json().replace("\\u003c", "<")
        assert "<b>" not in figure.to_json().replace("\\u003c", "<")


def test_seen_and_unseen_rows_differ_in_shape_and_not_in_colour_alone(sheet):
    marks = [trace.marker.symbol for trace in charts_law.parity(sheet, cloud(sheet)).data if trace.mode == "markers"]
    assert len(set(marks)) == len(marks) == 2


def test_the_noise_level_is_drawn_behind_the_residuals(sheet):
    figure = charts_law.residuals(sheet, cloud(sheet), None)
    (band,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    scale = 100 if sheet.relative else 1
    assert band.y1 == pytest.approx(sheet.scatter * scale)
