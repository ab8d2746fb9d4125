"""``nanyi-gis site``: files and words, the minutes of ``access``, and one line for bad input."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from road_samples import lattice_lines, points

from nanyi_gis import siting
from nanyi_gis.cli import main
from nanyi_gis.cli.site import _MODELS
from nanyi_gis.io import write_gpkg

NAMES = list("abcdef")
FILES = ["assignment.csv", "cost.csv", "result.json", "sites.csv"]


def text(folder, name, content):
    (folder / name).write_text(content, encoding="utf-8")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Streets in a lattice of 1 km, six homes and four sites beside them, and the same minutes as tables."""
    folder = tmp_path_factory.mktemp("desk")
    write_gpkg({"r": lattice_lines(5)}, folder / "roads.gpkg")
    homes = points((0, 40), (1000, 60), (2030, 0), (0, 2990), (3980, 1000), (4000, 4050))
    homes = homes.assign(id=NAMES, name=[f"=村{n}" for n in NAMES], population=[10, 20, 30, 5, 50, 8], beds=0)
    places = points((0, 1030), (2000, 2020), (3000, 1010), (3990, 4000))
    places = places.assign(
        id=list("wxyz"), name=["甲", "乙", "丙", "丁"], group=["n", "n", "s", "s"], room=90.0, fee=1.5
    )
    stand = points((1000, 3030)).assign(id=["old"], name=["旧"], group=["n"], room=90.0, fee=1.5)
    for name, frame in (("homes", homes), ("places", places), ("stand", stand)):
        write_gpkg({name: frame}, folder / f"{name}.gpkg")
    assert main(_network(folder, folder / "made", "--p", "2")) == 0
    (folder / "wide.csv").write_bytes((folder / "made" / "cost.csv").read_bytes())
    pd.DataFrame(homes.drop(columns="geometry")).assign(none=0, low=-1).to_csv(folder / "homes.csv", index=False)
    pd.DataFrame(places.drop(columns="geometry")).assign(small=2).to_csv(folder / "places.csv", index=False)
    text(folder, "fixed.txt", "w\nx\n")
    text(folder, "closed.csv", "id,why\nx,slope\n")
    text(folder, "quota.csv", "group,count\nn,1\ns,1\n")
    return folder


def _network(folder, out, *more, model="p-median"):
    layers = ["--clients", folder / "homes.gpkg", "--candidates", folder / "places.gpkg", "--id", "id"]
    roads = ["--roads", folder / "roads.gpkg", "--scenario", "complete"]
    return [str(one) for one in ("site", "--model", model, *layers, *roads, *more, "--out", out)]


def _given(folder, out, *more, model="p-median"):
    layers = ["--clients", "homes.csv", "--candidates", "places.csv", "--cost", "wide.csv"]
    words = [
        str(folder / one) if str(one).endswith((".csv", ".txt", ".gpkg")) else str(one) for one in (*layers, *more)
    ]
    return ["site", "--model", model, *words, "--out", str(out)]


def by_hand(folder, p=2):
    """Return cost and choice of the best of all choices."""
    cost = pd.read_csv(folder / "wide.csv", index_col=0)
    people = pd.read_csv(folder / "homes.csv").set_index("id")["population"]
    return min((float(people @ cost[[a, b]].min(axis=1)), {a, b}) for a in cost for b in cost if a < b)


def test_the_models_are_those_of_the_room():
    assert set(_MODELS) == set(siting.MODELS)


def test_it_writes_the_best_choice_with_its_proof(desk, tmp_path, capsys):
    assert main(_network(desk, tmp_path / "o", "--p", "2", "--more", "1")) == 0
    told = capsys.readouterr()
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == FILES
    cost, chosen = by_hand(desk)
    result = siting.read_siting(tmp_path / "o")
    assert result.cost == pytest.approx(cost, rel=1e-12)
    assert set(result.chosen) == chosen
    matrix = siting.read_cost_matrix(tmp_path / "o" / "cost.csv")
    assert siting.verify(result, matrix).optimal
    lines = told.out.splitlines()
    assert lines[1] == "p-median: 2 of 4 sites, for 6 clients"
    assert lines[2].startswith("chosen: ")
    assert lines[3].startswith(f"cost {cost:,.6g} (weight x min): mean ")
    assert lines[4].startswith(f"proven optimal: bound {cost:,.6g}, ")
    assert lines[5] == "one more:"
    sites = pd.read_csv(tmp_path / "o" / "sites.csv")
    assert sites["name"].tolist() == ["甲", "乙", "丙", "丁"]
    assert sites["lon"].between(105, 106).all()
    assignment = pd.read_csv(tmp_path / "o" / "assignment.csv")
    assert assignment["name"].tolist() == [f"'=村{n}" for n in NAMES]


def test_its_minutes_are_those_of_access(desk, tmp_path, capsys):
    layers = ["--from", desk / "homes.gpkg", "--to", desk / "places.gpkg", "--id", "id", "--roads", desk / "roads.gpkg"]
    words = ["access", *layers, "--scenario", "complete", "--out", tmp_path / "a"]
    assert main([str(word) for word in words]) == 0
    pairs = pd.read_csv(tmp_path / "a" / "od_minutes.csv").set_index(["origin", "destination"])["minutes"]
    cost = siting.read_cost_matrix(desk / "made" / "cost.csv")
    assert len(pairs) == cost.size
    for client, site in pairs.index:
        assert cost.loc[client, site] == pytest.approx(pairs[client, site], abs=6e-4)
    # and access's own table answers the same question
    given = ["--cost", tmp_path / "a" / "od_minutes.csv", "--clients", desk / "homes.gpkg", "--id", "id"]
    words = ["site", "--model", "p-median", *given, "--p", "2", "--out", tmp_path / "b"]
    assert main([str(word) for word in words]) == 0
    own, other = (siting.read_siting(folder) for folder in (desk / "made", tmp_path / "b"))
    assert other.chosen == own.chosen
    assert other.cost == pytest.approx(own.cost, rel=1e-3)


def test_tables_give_what_points_give(desk, tmp_path, capsys):
    assert main(_given(desk, tmp_path / "o", "--p", "2")) == 0
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == [name for name in FILES if name != "cost.csv"]
    assert (tmp_path / "o" / "result.json").read_bytes() == (desk / "made" / "result.json").read_bytes()


def test_the_same_bytes_again(desk, tmp_path):
    for name in ("a", "b"):
        assert main(_network(desk, tmp_path / name, "--p", "3", "--more", "1")) == 0
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_sites_that_stand_are_added_and_what_they_cost_is_said(desk, tmp_path, capsys):
    for extra in (["--id", "id"], []):
        words = _network(desk, tmp_path / "o", "--p", "2", "--fixed", desk / "stand.gpkg")
        if not extra:
            at = words.index("--id")
            del words[at : at + 2]
        assert main(words) == 0
        told = capsys.readouterr()
        called = "old" if extra else "fixed 1"
        assert f"note: fixed sites that are no candidates are added: {called}" in told.err
        assert "2 of 5 sites, 1 of them fixed" in told.out
        assert "旧 (fixed)" in told.out
        assert "what fixed sites cost, each against the best in its place: 旧 " in told.out
        sites = pd.read_csv(tmp_path / "o" / "sites.csv").set_index("site")
        assert sites.loc[called, ["chosen", "fixed"]].all()
        assert sites.loc[called, "regret"] > 0


def test_points_without_ids_are_matched_by_their_places(desk, tmp_path, capsys):
    places = gpd.read_file(desk / "places.gpkg").to_crs(4326)
    write_gpkg({"p": places.iloc[[1]]}, tmp_path / "one.gpkg")
    words = _network(desk, tmp_path / "o", "--p", "2", "--fixed", tmp_path / "one.gpkg")
    at = words.index("--id")
    del words[at : at + 2]
    assert main(words) == 0
    assert "no candidates" not in capsys.readouterr().err
    assert pd.read_csv(tmp_path / "o" / "sites.csv")["fixed"].tolist() == [False, True, False, False]


def test_ids_quotas_capacities_and_costs_of_sites(desk, tmp_path, capsys):
    ids = ["--fixed", "fixed.txt", "--p", "3"]
    assert main(_given(desk, tmp_path / "f", *ids)) == 0
    assert siting.read_siting(tmp_path / "f").given.choice.fixed == ("w", "x")
    assert main(_given(desk, tmp_path / "c", "--closed", "closed.csv", "--p", "2")) == 0
    assert "x" not in siting.read_siting(tmp_path / "c").chosen
    assert main(_given(desk, tmp_path / "q", "--quota", "quota.csv", "--group", "group")) == 0
    chosen = siting.read_siting(tmp_path / "q").chosen
    assert [len({"w", "x"} & set(chosen)), len({"y", "z"} & set(chosen))] == [1, 1]
    assert main(_given(desk, tmp_path / "r", "--capacity", "room", "--p", "2")) == 0
    found = siting.read_siting(tmp_path / "r")
    assert found.sites["weight"].max() <= 90 + 1e-6
    assert main(_given(desk, tmp_path / "s", "--site-cost", "fee", model="set-cover")) == 0
    assert siting.read_siting(tmp_path / "s").cost % 1.5 == 0


@pytest.mark.parametrize("model", ["p-center", "max-coverage", "backup-coverage"])
def test_the_other_models(desk, tmp_path, capsys, model):
    radius = [] if model == "p-center" else ["--minutes", "12"]
    assert main(_given(desk, tmp_path / "o", "--p", "3", *radius, model=model)) == 0
    result = siting.read_siting(tmp_path / "o")
    assert result.model == model
    assert siting.verify(result, siting.read_cost_matrix(desk / "wide.csv")).optimal
    assert result.proof in capsys.readouterr().out


def test_whom_nothing_reaches_is_named_or_refused(desk, tmp_path, capsys):
    long = pd.read_csv(desk / "wide.csv").melt("client", var_name="site", value_name="minutes")
    long[long["client"] != "c"].to_csv(tmp_path / "long.csv", index=False)
    text(tmp_path, "long.csv", (tmp_path / "long.csv").read_text() + "c,w,inf\n")
    words = [
        "site",
        "--model",
        "p-median",
        "--p",
        "2",
        "--cost",
        str(tmp_path / "long.csv"),
        "--out",
        str(tmp_path / "o"),
    ]
    words += ["--clients", str(desk / "homes.csv")]
    assert main(words) == 0
    told = capsys.readouterr()
    assert "nothing reaches 1 clients of weight 30: =村c" in told.out
    assert "3 pairs have no minutes and count as out of reach" in told.err
    assert siting.read_siting(tmp_path / "o").unserved == ("c",)
    words[words.index(str(tmp_path / "o"))] = str(tmp_path / "n")
    assert main([*words, "--refuse-unreachable"]) == 2
    assert "no site reaches c" in capsys.readouterr().err
    assert not (tmp_path / "n").exists()


def test_a_matrix_of_true_and_false_needs_no_minutes(desk, tmp_path, capsys):
    cost = pd.read_csv(desk / "wide.csv", index_col=0)
    (cost <= 5.0).to_csv(tmp_path / "sees.csv")
    words = ["site", "--model", "max-coverage", "--cost", str(tmp_path / "sees.csv"), "--p", "1", "--out"]
    assert main([*words, str(tmp_path / "o")]) == 0
    assert siting.read_siting(tmp_path / "o").cost == (cost <= 5.0).sum().max()
    assert main([*words, str(tmp_path / "n"), "--minutes", "5"]) == 2
    assert "the matrix is true and false already" in capsys.readouterr().err


def test_seconds_for_minutes_are_taken_if_trusted(desk, tmp_path, capsys):
    cost = 60.0 * pd.read_csv(desk / "wide.csv", index_col=0)
    cost.to_csv(tmp_path / "s.csv")
    words = ["site", "--model", "max-coverage", "--cost", str(tmp_path / "s.csv"), "--p", "1", "--minutes", "8"]
    assert main([*words, "--out", str(tmp_path / "o")]) == 2
    assert "looks like seconds" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
    cost.iloc[0, 0] = 7.0
    cost.to_csv(tmp_path / "s.csv")
    assert main([*words, "--trust", "--out", str(tmp_path / "o")]) == 0


BAD = [
    (["--p", "0"], "p is 0"),
    (["--p", "5"], "p is 5, but there are 4 sites"),
    (["--p", "1", "--fixed", "fixed.txt"], "p is 1, but 2 sites are fixed"),
    ([], "neither p nor quotas"),
    (["--p", "2", "--fixed", "fixed.txt", "--closed", "closed.csv"], "site 'x' is fixed and closed"),
    (["--p", "2", "--fixed", "unknown.txt"], "fixed site 'v' is no column of --cost"),
    (["--p", "2", "--closed", "unknown.txt"], "closed site 'v' is no candidate"),
    (["--p", "2", "--fixed", "twice.txt"], "has fixed site 'w' twice"),
    (["--p", "2", "--weights", "none"], "weights are all zero"),
    (["--p", "2", "--weights", "low"], "low of 'a' is '-1', but weights must be"),
    (["--p", "2", "--weights", "name"], "but weights must be a number"),
    (["--p", "2", "--weights", "tonnes"], "no column 'tonnes' for weights"),
    (["--p", "2", "--capacity", "small"], "does not find room"),
    (["--p", "2", "--gap", "2"], "gap is 2"),
    (["--p", "2", "--seconds", "0"], "seconds is 0"),
    (["--p", "2", "--more", "9"], "there are 4 sites to choose from"),
    (["--p", "2", "--more", "-1"], "-1 is not in the range"),
    (["--p", "2", "--cost", "turned.csv"], "it looks transposed"),
    (["--p", "2", "--cost", "hole.csv"], "is 'nan', but cost must be"),
    (["--p", "2", "--cost", "below.csv"], "is '-3', but cost must be"),
    (["--p", "2", "--cost", "doubled.csv"], "has the column 'w' twice"),
    (["--p", "2", "--cost", "short.csv"], "has no row for client"),
    (["--p", "2", "--cost", "no.csv"], "no file"),
    (["--p", "2", "--cost", "places.gpkg"], "can be read"),
    (["--p", "2", "--clients", "doubled_ids.csv"], "has client 'a' twice"),
    (["--p", "2", "--id", "nr"], "has no column 'nr' for --id"),
    (["--quota", "quota.csv", "--group", "kind"], "has no column 'kind' for --group"),
    (["--quota", "other.csv", "--group", "group"], "quota of west is 1, but 0 of its sites can be chosen"),
    (["--quota", "half.csv", "--group", "group"], "count of n is 0.5, but must be a whole number"),
    (["--quota", "again.csv", "--group", "group"], "has group 'n' twice"),
    (["--quota", "closed.csv", "--group", "group"], "lacks the column group, count"),
    (["--quota", "quota.csv"], "has no effect without --group"),
    (["--p", "2", "--group", "group"], "has no effect without --quota"),
    (["--p", "2", "--minutes", "30"], "has no effect with --model p-median"),
    (["--p", "2", "--roads", "roads.gpkg"], "has no effect with --cost"),
    (["--p", "2", "--snap-limit", "30"], "has no effect with --cost"),
]


@pytest.fixture(scope="module")
def faults(desk):
    wide = (desk / "wide.csv").read_text()
    text(desk, "unknown.txt", "v\n")
    text(desk, "twice.txt", "w\nw\n")
    pd.read_csv(desk / "wide.csv", index_col=0).T.rename_axis("client").to_csv(desk / "turned.csv")
    rows = wide.splitlines()
    first = rows[1].split(",")
    text(desk, "hole.csv", "\n".join([rows[0], ",".join([*first[:2], "nan", *first[3:]]), *rows[2:]]))
    text(desk, "below.csv", "\n".join([rows[0], ",".join([*first[:2], "-3", *first[3:]]), *rows[2:]]))
    text(desk, "doubled.csv", wide.replace("client,w,x", "client,w,w"))
    text(desk, "short.csv", "\n".join(rows[:-1]))
    text(desk, "other.csv", "group,count\nwest,1\n")
    text(desk, "half.csv", "group,count\nn,0.5\n")
    text(desk, "again.csv", "group,count\nn,1\nn,1\n")
    text(desk, "doubled_ids.csv", "id\na\na\n")
    return desk


@pytest.mark.parametrize(("options", "said"), BAD, ids=[" ".join(options) or "no p" for options, _ in BAD])
def test_bad_input_is_one_line_and_writes_nothing(faults, tmp_path, capsys, options, said):
    out = tmp_path / "o"
    words = _given(faults, out, *options)
    for name in ("--cost", "--clients"):  # given once more: in place of the first
        if words.count(name) > 1:
            at = words.index(name)
            del words[at : at + 2]
    before = sorted(faults.rglob("*"))
    assert main(words) == 2
    told = capsys.readouterr()
    lines = [line for line in told.err.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1, lines
    assert said in lines[0]
    assert "unexpected" not in lines[0]
    assert told.out == ""
    assert not out.exists()
    assert sorted(faults.rglob("*")) == before


NETWORK_BAD = [
    (["--clients", "homes.csv"], "is a table without places; give points, or the minutes with --cost"),
    (["--clients", "roads.gpkg"], "roads.gpkg"),
    (["--snap-limit", "3"], "3 m"),
    (["--clients", "endless.gpkg", "--id", "none"], "population of row 2 is 'far', but population must be a number"),
    (["--fixed", "fixed.txt", "--candidates", "stand.gpkg"], "fixed site 'w' is no candidate and has no place"),
    (["--fixed", "away.gpkg"], "lies 1.4 km from the candidate of that id"),
    (["--scenario", "soon"], "soon"),
]


@pytest.mark.parametrize(("options", "said"), NETWORK_BAD, ids=[" ".join(options) for options, _ in NETWORK_BAD])
def test_bad_points_are_one_line_and_write_nothing(desk, tmp_path, capsys, options, said):
    away = gpd.read_file(desk / "places.gpkg").iloc[[0]]
    write_gpkg({"p": away.set_geometry(away.translate(1000, 1000))}, desk / "away.gpkg")
    write_gpkg({"p": points((0, 40), (1000, 60)).assign(population=["3", "far"])}, desk / "endless.gpkg")
    given = [str(desk / one) if one.endswith((".csv", ".txt", ".gpkg")) else one for one in options]
    words = _network(desk, tmp_path / "o", "--p", "2", *given)
    for name in ("--clients", "--candidates", "--scenario"):
        if words.count(name) > 1:
            at = words.index(name)
            del words[at : at + 2]
    while "none" in words:  # no ids
        at = words.index("--id")
        del words[at : at + 2]
    assert main(words) == 2
    told = capsys.readouterr()
    lines = [line for line in told.err.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1, lines
    assert said in lines[0]
    assert not (tmp_path / "o").exists()


def test_the_townships_of_the_study_are_the_clients_if_none_are_given(tmp_path, capsys):
    assert main(["site", "--model", "p-center", "--p", "3", "--out", str(tmp_path / "o")]) == 0
    told = capsys.readouterr()
    assert "people are the census by county, spread over the townships by rules" in told.err
    assert "today is the state of" in told.err
    sites = pd.read_csv(tmp_path / "o" / "sites.csv")
    assert sites["chosen"].sum() == 3
    assert np.isin(pd.read_csv(tmp_path / "o" / "assignment.csv")["client"], sites["site"]).all()
    assert (tmp_path / "o" / "assignment.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[1]
