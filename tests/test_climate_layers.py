"""Rasters of climate that overrule the climate file."""

import numpy as np
import pytest
import suitability_rasters as rasters

from nanyi_gis.climate import layer_sd, load_climate
from nanyi_gis.errors import DataError, NanyiError, ParameterError
from nanyi_gis.raster import write_cog
from nanyi_gis.suitability import evaluate, evaluate_file, explain, explain_file, memberships
from nanyi_gis.suitability.use_file import parse_use

DEM = rasters.tilted(8, middle=650, shape=(12, 14), cell=90)
PLACE = (105.52, 28.0)


def like(values, *, unit="degC"):
    found = DEM.copy(data=np.broadcast_to(np.asarray(values, "float32"), DEM.shape).copy())
    return found.assign_attrs(units=unit)


def as_files(tmp_path, **layers):
    dem = write_cog(DEM, tmp_path / "dem.tif")
    return dem, {name: write_cog(layer, tmp_path / f"{name}.tif") for name, layer in layers.items()}


def place():
    import pyproj

    x, y = float(DEM.x[6]), float(DEM.y[5])
    return pyproj.Transformer.from_crs(4544, 4326, always_xy=True).transform(x, y)


def test_a_raster_overrules_the_climate_file_for_its_variable_alone():
    layers = {"mean_temperature": like(np.linspace(14, 22, DEM.size).reshape(DEM.shape))}
    found = memberships(DEM, use="orange", layers=layers)
    plain = memberships(DEM, use="orange")
    given = found.sel(criterion="mean_temperature")
    np.testing.assert_array_equal(given["value"], layers["mean_temperature"])
    own = [name for name in plain["criterion"].values if name != "mean_temperature"]
    np.testing.assert_array_equal(found["value"].sel(criterion=own), plain["value"].sel(criterion=own))


def test_a_raster_of_what_the_model_gives_changes_nothing():
    plain = memberships(DEM, use="orange")
    names = ["mean_temperature", "january_temperature", "accumulated_temperature", "extreme_minimum", "rain"]
    layers = {n: like(plain["value"].sel(criterion=n).values) for n in names if n in plain["criterion"].values}
    for block in ((12, 14), (5, 4)):
        dem = DEM.chunk(dict(zip(("y", "x"), block, strict=True)))
        chunked = {name: layer.chunk(dict(zip(("y", "x"), block, strict=True))) for name, layer in layers.items()}
        found = evaluate(dem, use="orange", layers=chunked)
        for name in ("score", "cls", "limiting"):
            np.testing.assert_array_equal(found[name].values, evaluate(DEM, use="orange")[name].values)


def test_all_rasters_given_need_no_climate_of_the_place():
    far = rasters.raster(DEM.values, cell=90, west=750_000)
    layers = {n: far.copy(data=np.full(far.shape, v, "float32")) for n, v in (("rain", 1200), ("july_temperature", 26))}
    use = {
        "id": "tea",
        "criterion": [
            {"id": "rain", "unit": "mm", "weight": 1, "shape": "linear", "points": [800, 1400], "low": {"S1": 1100}},
            {
                "id": "july_temperature",
                "unit": "degC",
                "weight": 1,
                "shape": "linear",
                "points": [20, 28],
                "low": {"S1": 20},
            },
        ],
    }
    tea = parse_use(use)
    assert "climate" in evaluate(far, use=tea).attrs["notes"]
    found = evaluate(far, use=tea, layers=layers)
    assert "climate" not in found.attrs["notes"]
    # rain (1200 - 800) / 600, July (26 - 20) / 8: 0.667 and 0.75
    assert found["score"].values[5, 5] == 71


def test_files_and_explanation_agree_with_arrays(tmp_path):
    layers = {"mean_temperature": like(16.4), "rain": like(900, unit="mm")}
    dem, paths = as_files(tmp_path, **layers)
    lon, lat = place()
    told = explain_file(lon, lat, dem, use="orange", layers=paths)
    same = explain(lon, lat, dem=DEM, use="orange", layers=layers)
    assert [r.value for r in told.reasons] == [r.value for r in same.reasons]
    by_name = {reason.criterion: reason for reason in told.reasons}
    assert by_name["mean_temperature"].value == pytest.approx(16.4)
    assert "value from the raster given" in by_name["rain"].source
    assert "value modelled" in by_name["january_temperature"].source
    outcome = evaluate_file(dem, tmp_path / "out", uses=["orange"], layers=paths)
    assert any(path.name == "class_orange.tif" for path in outcome.files)


def test_kelvin_is_converted_and_missing_cells_are_not_judged(tmp_path):
    values = np.full(DEM.shape, 289.55, "float32")
    dem, paths = as_files(tmp_path, mean_temperature=like(values, unit="K"))
    lon, lat = place()
    told = explain_file(lon, lat, dem, use="orange", layers=paths)
    value = next(reason for reason in told.reasons if reason.criterion == "mean_temperature").value
    assert value == pytest.approx(16.4, abs=1e-3)
    hole = like(np.full(DEM.shape, np.nan))
    found = memberships(DEM, use="orange", layers={"mean_temperature": hole})
    assert np.isnan(found["membership"].sel(criterion="mean_temperature")).all()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("mean_temperature", 164, "holds 164 as mean_temperature.*scale"),
        ("january_temperature", 279.0, "holds 279.*unit K"),
        ("rain", -5, "holds -5 as rain.*mm"),
        ("accumulated_temperature", 60_000, "holds 60000"),
    ],
)
def test_tenths_kelvin_and_other_quantities_are_refused(tmp_path, name, value, words):
    layer = like(value, unit="1")
    with pytest.raises(DataError, match=words):
        evaluate(DEM, use="orange", layers={name: layer})
    dem, paths = as_files(tmp_path, **{name: layer})
    with pytest.raises(DataError, match=words):
        evaluate_file(dem, tmp_path / "out", uses=["orange"], layers=paths)
    with pytest.raises(DataError, match=words):
        explain_file(*place(), dem, use="orange", layers=paths)


def test_a_variable_that_the_use_does_not_judge_is_refused_with_those_it_does():
    with pytest.raises(ParameterError, match=r"'july_temperature' is not used by orange.*mean_temperature.*rain"):
        evaluate(DEM, use="orange", layers={"july_temperature": like(26)})
    with pytest.raises(NanyiError, match="another grid"):
        evaluate(DEM, use="orange", layers={"rain": like(900).assign_coords(x=DEM.x + 30)})


def test_every_variable_has_an_uncertainty_as_a_raster():
    for name in load_climate().variables:
        absolute, share = layer_sd(name)
        assert (absolute > 0) != (share > 0)
    with pytest.raises(ParameterError, match="fog"):
        layer_sd("fog")


def test_an_atlas_is_judged_by_the_rasters_given(tmp_path, capsys):
    from nanyi_gis.atlas.prepare import prepare
    from nanyi_gis.cli import main

    wide = rasters.raster(np.full((60, 60), 12.5), cell=3_000, west=480_000, north=3_190_000)
    file = write_cog(wide.assign_attrs(units="degC"), tmp_path / "tavg.tif")
    given = {"mean_temperature": file}
    atlas = prepare(
        study=None, dem=[], roads=None, noding="vertices", boundaries=None, assume_datum=None, layers=[], crops=[],
        resolution=2000.0, lang="en", public=False, rasters=given, population=None,
    )  # fmt: skip
    orange = next(crop for crop in atlas.crops if crop.id == "orange")
    layers = atlas.rasters_for(orange)
    assert list(layers) == ["mean_temperature"]
    np.testing.assert_array_equal(layers["mean_temperature"].values, 12.5)
    found = evaluate(atlas.dem, use=orange, layers=layers)
    known = found["cls"].values > 0
    assert (found["cls"].values[known] == 4).all()  # no orange grows at 12.5 degrees
    for option, words in ((f"frost={file}", "layer 'frost' is used by none"), ("rain=none.tif", "none.tif")):
        assert main(["build", "--layer", option, "--out", str(tmp_path / "out")]) == 2
        error = capsys.readouterr().err
        assert words in error
        assert "Traceback" not in error
    assert not (tmp_path / "out").exists()
