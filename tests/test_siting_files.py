"""Results as files: what is written comes back, proves itself, and is refused where it was changed."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from nanyi_gis import siting
from nanyi_gis.errors import NanyiError, ParameterError


def matrix(clients=14, sites=7, seed=3, far=True):
    random = np.random.default_rng(seed)
    own, theirs = random.random((clients, 1, 2)), random.random((1, sites, 2))
    values = 60.0 * np.hypot(*np.moveaxis(own - theirs, 2, 0))
    if far:
        values[2] = np.inf
        values[5, :4] = np.inf
    names = [f"=v{i}" for i in range(clients - 1)]
    return pd.DataFrame(values, index=[*names, 99], columns=[f"站{i}" for i in range(sites)])


COST = matrix()
PEOPLE = pd.Series(np.arange(1.0, 15.0) / 3.0, index=COST.index)
GROUPS = list("aabbbcc")
CASES = {
    "p-median": lambda: siting.p_median(COST, weights=PEOPLE, p=3, fixed=["站6"], closed=["站0"]),
    "quotas": lambda: siting.p_median(COST, weights=PEOPLE, quotas={"a": 1, "b": 2}, groups=GROUPS, p=4),
    "site costs": lambda: siting.p_median(COST, weights=PEOPLE, site_costs=np.arange(7.0) * 20),
    "capacity": lambda: siting.p_median(COST, weights=PEOPLE, p=4, capacity=[12, 9.5, 14, 8, 11, np.inf, 13]),
    "p-center": lambda: siting.p_center(COST, p=3, fixed=["站6"]),
    "max-coverage": lambda: siting.max_coverage(COST, weights=PEOPLE, p=2, radius=20.0),
    "true and false": lambda: siting.max_coverage(COST <= 20.0, weights=PEOPLE, p=2),
    "covered in parts": lambda: siting.max_coverage(COST, weights=PEOPLE, p=2, radius=25.0, capacity=7.5),
    "set-cover": lambda: siting.set_cover(COST, radius=25.0),
    "backup-coverage": lambda: siting.backup_coverage(COST, weights=PEOPLE, p=6, radius=35.0),
}


def given_to(name):
    return COST <= 20.0 if name == "true and false" else COST


def as_text(assignment):
    """Return an assignment with one kind of empty cell."""
    return assignment.assign(site=assignment["site"].astype(object).fillna(""))


@pytest.mark.parametrize("name", CASES)
def test_a_result_comes_back_and_proves_itself(tmp_path, name):
    result, cost = CASES[name](), given_to(name)
    assert siting.verify(result, cost).optimal, siting.verify(result, cost).faults
    paths = siting.write_siting(result, tmp_path)
    assert tuple(path.name for path in paths) == siting.SITING_FILES
    found = siting.read_siting(tmp_path)
    proven = siting.verify(found, cost)
    assert proven.optimal, proven.faults
    assert (found.model, found.chosen, found.unserved) == (result.model, result.chosen, result.unserved)
    assert (found.cost, found.bound, found.gap, found.proof) == (result.cost, result.bound, 0.0, "proven optimal")
    assert found.given.choice == result.given.choice or vars(found.given.choice) == vars(result.given.choice)
    np.testing.assert_array_equal(found.given.weights, result.given.weights)
    pd.testing.assert_frame_equal(found.sites.drop(columns="regret"), result.sites.round(6), check_dtype=False)
    pd.testing.assert_frame_equal(as_text(found.assignment), as_text(result.assignment.round(6)), check_dtype=False)
    # written once more it has the same bytes
    siting.write_siting(found, tmp_path / "again")
    for file in siting.SITING_FILES:
        assert (tmp_path / file).read_bytes() == (tmp_path / "again" / file).read_bytes()


def test_a_bound_can_be_made_by_hand(tmp_path):
    cost = matrix(30, 12, seed=5, far=False)
    siting.write_siting(siting.p_median(cost, p=4), tmp_path)
    record = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    (node,) = record["certificate"]["nodes"]
    (prices,) = node["prices"]
    values = sum(np.minimum(cost.to_numpy()[row] - price, 0.0) for row, price in enumerate(prices))
    bound = sum(prices) + np.sort(values)[:4].sum()
    assert bound <= record["cost"] * (1.0 + 1e-12)
    assert bound == pytest.approx(record["bound"], rel=1e-6)


def test_the_same_question_gives_the_same_bytes(tmp_path):
    for folder in ("a", "b"):
        result = CASES["p-median"]()
        more = siting.price_of_more(siting.p_median, COST, weights=PEOPLE, p=3, more=2)
        siting.write_siting(result, tmp_path / folder, regret=siting.regret(result, COST), curve=more, cost=COST)
    for name in (*siting.SITING_FILES, siting.COST_FILE):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    text = (tmp_path / "a" / "result.json").read_text(encoding="utf-8")
    assert "seconds" not in text
    assert [row["p"] for row in json.loads(text)["curve"]] == [3, 4, 5]
    table = pd.read_csv(tmp_path / "a" / "sites.csv")
    assert table.loc[table["fixed"], "regret"].notna().all()
    assert table.loc[~table["fixed"], "regret"].isna().all()


def test_the_matrix_beside_a_result_is_its_matrix_to_the_last_bit(tmp_path):
    cost = COST.rename(index=str)
    result = siting.p_median(cost, weights=PEOPLE.rename(index=str), p=3)
    siting.write_siting(result, tmp_path, cost=cost)
    again = siting.read_cost_matrix(tmp_path / siting.COST_FILE)
    np.testing.assert_array_equal(again.to_numpy(), cost.to_numpy())
    assert siting.verify(siting.read_siting(tmp_path / "result.json"), again).optimal
    assert "\n'=v0," in (tmp_path / siting.COST_FILE).read_text(encoding="utf-8")


def test_pairs_of_level_and_site_come_back_as_pairs(tmp_path):
    cost = COST.drop(index=["=v2", "=v5"])
    levels = siting.hierarchical(cost, weights={"village": 1.0, "county": 0.2}, p={"village": 2, "county": 1})
    siting.write_siting(levels.result, tmp_path)
    found = siting.read_siting(tmp_path)
    assert found.chosen == levels.result.chosen
    assert all(isinstance(pair, tuple) for pair in found.chosen)
    assert siting.verify(found, levels.cost_matrix).optimal


def test_labels_that_look_the_same_are_refused(tmp_path):
    cost = pd.DataFrame([[1.0, 2.0], [2.0, 1.0]], columns=[1, "1"])
    with pytest.raises(ParameterError, match="two sites would be called '1' in a table"):
        siting.write_siting(siting.p_median(cost, p=1), tmp_path / "o")
    assert not (tmp_path / "o").exists()


def test_more_columns_stand_beside_the_labels(tmp_path):
    names = pd.DataFrame({"name": list("ABCDEFG")}, index=COST.columns)
    siting.write_siting(CASES["p-median"](), tmp_path, site_columns=names)
    assert list(pd.read_csv(tmp_path / "sites.csv").columns[:3]) == ["site", "name", "chosen"]
    assert siting.read_siting(tmp_path).sites["name"].tolist() == list("ABCDEFG")
    with pytest.raises(ParameterError, match="column 'chosen' is in the table of sites already"):
        siting.write_siting(CASES["p-median"](), tmp_path, site_columns=names.rename(columns={"name": "chosen"}))


# ---- what was changed ----------------------------------------------------------------------------------------------


@pytest.fixture
def hard(tmp_path):
    """A result whose proof needs a tree."""
    cost = matrix(40, 25, seed=8, far=False)
    weights = pd.Series(np.random.default_rng(8).integers(1, 50, 40), index=cost.index)
    result = siting.p_center(cost, p=5)
    siting.write_siting(result, tmp_path)
    siting.write_siting(siting.p_median(cost, weights=weights, p=6), tmp_path / "median")
    return tmp_path, cost


def change(folder, edit):
    file = folder / "result.json"
    record = json.loads(file.read_text(encoding="utf-8"))
    edit(record)
    file.write_text(json.dumps(record), encoding="utf-8")


def swap_in_tables(folder, old, new):
    """Make the tables say that another site is chosen, as someone would who changes all three files."""
    sites = pd.read_csv(folder / "sites.csv", dtype=str, keep_default_na=False)
    sites.loc[sites["site"] == old, "chosen"] = "False"
    sites.loc[sites["site"] == new, "chosen"] = "True"
    sites.to_csv(folder / "sites.csv", index=False)
    assignment = pd.read_csv(folder / "assignment.csv", dtype=str, keep_default_na=False)
    assignment.loc[assignment["site"] == old, "site"] = new
    assignment.to_csv(folder / "assignment.csv", index=False)


def test_another_choice_is_not_verified(hard):
    folder, cost = hard[0] / "median", hard[1]
    chosen = siting.read_siting(folder).chosen
    other = next(site for site in cost.columns if site not in chosen)
    kept = [site for site in cost.columns if site in {other, *chosen[1:]}]
    change(folder, lambda record: record.update(chosen=kept))
    with pytest.raises(NanyiError, match=r"sites\.csv does not belong to result\.json"):
        siting.read_siting(folder)
    swap_in_tables(folder, chosen[0], other)
    found = siting.verify(siting.read_siting(folder), cost)
    assert not found
    assert "the choice costs" in found.faults[0]


def test_another_certificate_is_not_verified(hard):
    folder, cost = hard[0] / "median", hard[1]

    def lowered(record):
        for node in record["certificate"]["nodes"]:
            node["prices"] = [[0.5 * price for price in vector] for vector in node["prices"]]

    change(folder, lowered)
    found = siting.verify(siting.read_siting(folder), cost)
    assert not found
    assert "the certificate proves" in found.faults[0]


def test_a_better_cost_than_the_true_one_is_not_verified(hard):
    folder, cost = hard[0] / "median", hard[1]

    def better(record):
        record["cost"] = record["bound"] = 0.9 * record["cost"]

    change(folder, better)
    assert not siting.verify(siting.read_siting(folder), cost)


def test_no_part_of_a_tree_is_taken_for_the_whole(hard):
    folder, cost = hard
    result = siting.read_siting(folder)
    assert siting.verify(result, cost).optimal
    for nodes in ([], [type(result.certificate.nodes[0])(0, 3, False, [])]):
        part = type(result.certificate)(nodes, result.certificate.clients, result.certificate.dominated)
        assert not siting.verify(type(result)(**{**vars(result), "certificate": part}), cost)


def test_a_radius_nobody_asked_for_proves_nothing_of_a_centre(hard):
    folder, cost = hard

    def nearer(record):
        record["given"]["radius"] = 0.5 * record["given"]["radius"]
        record["certificate"] = {
            "clients": list(range(len(record["clients"]))),
            "dominated": [],
            "nodes": [{"parent": -1, "site": -1, "inside": True, "prices": []}],
        }

    change(folder, nearer)
    assert not siting.verify(siting.read_siting(folder), cost)


def test_clients_may_not_be_dropped_to_make_a_choice_look_better(hard):
    folder, cost = hard
    worst = siting.read_siting(folder).assignment["cost"].idxmax()
    change(folder, lambda record: record.update(unserved=[worst]))
    found = siting.verify(siting.read_siting(folder), cost)
    assert not found
    assert "out of reach" in found.faults[0]


def test_whom_nothing_reaches_proves_nothing_of_a_centre(tmp_path):
    siting.write_siting(siting.p_center(COST, p=3), tmp_path)
    own = siting.read_siting(tmp_path)
    worse = next(
        found
        for site in COST.columns
        if (found := siting.p_center(COST, p=3, fixed=[site])).cost > own.cost and len(found.chosen) == 3
    )

    def claimed(record):
        record["chosen"] = list(worse.chosen)
        record["cost"] = record["bound"] = worse.cost
        record["given"] |= {"radius": worse.cost, "strict": True}
        root = {"parent": -1, "site": -1, "inside": True, "prices": [[0]]}
        record["certificate"] = {"clients": [2], "dominated": [], "nodes": [root]}

    change(tmp_path, claimed)
    for name in ("sites.csv", "assignment.csv"):  # tables of the worse choice, as a forger would write them
        siting.write_siting(worse, tmp_path / "worse")
        shutil.copyfile(tmp_path / "worse" / name, tmp_path / name)
    found = siting.verify(siting.read_siting(tmp_path), COST)
    assert not found
    assert "clients that no site reaches" in found.faults[0]


def dropped(record, *keys):
    for key in keys[:-1]:
        record = record[key]
    del record[keys[-1]]


BROKEN = {
    "foreign": (lambda r: r.update(format="something"), "is no result of siting"),
    "unknown key": (lambda r: r.update(note="x"), "key note is unknown"),
    "no weights": (lambda r: dropped(r, "given", "weights"), "weights must be"),
    "weights too few": (lambda r: r["given"]["weights"].pop(), "weights must be 14 numbers"),
    "weight below zero": (lambda r: r["given"]["weights"].__setitem__(0, -1), "weights must be numbers of zero"),
    "weight is text": (lambda r: r["given"]["weights"].__setitem__(0, "1"), "weights must be"),
    "unknown model": (lambda r: r.update(model="p-mode"), "model must be one of"),
    "site twice": (lambda r: r["sites"].__setitem__(0, r["sites"][1]), "sites must be without a label twice"),
    "chosen elsewhere": (lambda r: r["chosen"].append("nowhere"), "chosen must be labels"),
    "label is a table": (lambda r: r["sites"].__setitem__(0, {}), "sites must be labels"),
    "gap is not its own": (lambda r: r.update(gap=0.5), "gap must be 0.0"),
    "said to be optimal": (lambda r: r.update(bound=0.9 * r["bound"]), "gap must be"),
    "proof is not its own": (lambda r: r.update(proof="certainly"), "proof must be 'proven optimal'"),
    "no node": (lambda r: r["certificate"].update(nodes=[]), "certificate.nodes must be"),
    "no root": (lambda r: r["certificate"]["nodes"][0].update(parent=0), "a node behind its parent"),
    "site below 0": (lambda r: r["certificate"]["nodes"].append(
        {"parent": 0, "site": -1, "inside": True, "prices": []}), "a node behind its parent"),
    "prices too few": (lambda r: r["certificate"]["nodes"][0]["prices"][0].pop(), "prices must be"),
    "row beyond": (lambda r: r["certificate"].update(clients=[99]), "certificate.clients must be whole numbers below"),
    "quota is text": (lambda r: r["given"].update(quotas=[["a", "b"]]), "quotas must be pairs"),
    "no group": (lambda r: r["given"].update(quotas=[["a", 1], ["b", 2]]), "groups must be"),
    "group beyond": (lambda r: r["given"].update(groups=[9] * 7), "groups must be whole numbers"),
    "radius below 0": (lambda r: r["given"].update(radius=-1), "radius must be"),
    "fixed twice": (lambda r: r["given"]["fixed"].append("站6"), "fixed must be without a label twice"),
}  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    siting.write_siting(CASES["p-median"](), folder)
    return folder


@pytest.mark.parametrize("name", BROKEN)
def test_a_changed_file_is_refused_in_one_line(sound, tmp_path, name):
    edit, words = BROKEN[name]
    shutil.copytree(sound, tmp_path / "o")
    change(tmp_path / "o", edit)
    with pytest.raises(NanyiError, match=words.replace(".", r"\.")) as caught:
        siting.read_siting(tmp_path / "o")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("result.json", b"", "no valid TOML or JSON"),
        ("result.json", b"[1]", "holds a list"),
        ("result.json", b'{"format": NaN}', "NaN, which is no number of JSON"),
        ("result.json", b"{" * 400, "no valid TOML or JSON"),
        ("result.json", b"\xff\xfe", "no UTF-8"),
        ("result.json", None, "no file"),
        ("sites.csv", None, "no file"),
        ("sites.csv", b"site\n\xb9\n", "can be read"),
        ("sites.csv", b"a,b\n1,2\n", "lacks the column"),
        ("sites.csv", b"site,chosen,fixed,closed,weight\n\xe7\xab\x990,yes,True,True,1\n", "chosen holds 'yes'"),
        ("sites.csv", b"site,chosen,fixed,closed,weight\nx,True,True,True,1\n", "does not belong to result.json"),
        ("assignment.csv", b"client,site,cost,weight\nx,,inf,1\n", "does not belong to result.json"),
        ("assignment.csv", b"client,site,cost,weight\nx,,far,1\n", "cost of row 1 is 'far'"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(sound, tmp_path, file, content, words):
    shutil.copytree(sound, tmp_path / "o")
    if content is None:
        (tmp_path / "o" / file).unlink()
    else:
        (tmp_path / "o" / file).write_bytes(content)
    with pytest.raises(NanyiError, match=words.replace(".", r"\.")) as caught:
        siting.read_siting(tmp_path / "o")
    assert "\n" not in str(caught.value)


# ---- matrices ------------------------------------------------------------------------------------------------------


def table(tmp_path, text):
    path = tmp_path / "m.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_wide_and_long_tables_are_one_matrix(tmp_path):
    wide = siting.read_cost_matrix(table(tmp_path, "id,甲, b\nx,1,inf\ny,2.5,0\n"))
    assert wide.to_dict() == {"甲": {"x": 1.0, "y": 2.5}, "b": {"x": np.inf, "y": 0.0}}
    long = siting.read_cost_matrix(table(tmp_path, "client,site,minutes\nx,甲,1\ny,甲,2.5\ny,b,0\n"))
    pd.testing.assert_frame_equal(wide, long, check_names=False)
    assert long.attrs["missing"] == 1
    text = "scenario,origin,destination,minutes\n2022,x,甲,1\n2022,y,甲,2.5\n2022,y,b,0\n2022,x,b,\n"
    pd.testing.assert_frame_equal(wide, siting.read_cost_matrix(table(tmp_path, text)), check_names=False)
    marks = siting.read_cost_matrix(table(tmp_path, "id,a,b\nx,True,false\ny,FALSE,true\n"))
    assert marks.to_dict("list") == {"a": [True, False], "b": [False, True]}
    assert all(kind == np.bool_ for kind in marks.dtypes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,a\nx,nan\n", "is 'nan', but cost must be a number"),
        ("id,a\nx,\n", "is empty, but cost must be"),
        ("id,a\nx,-1\n", "-1"),
        ("id,a\nx,far\n", "'far'"),
        ("id,a,a\nx,1,2\n", "has the column 'a' twice"),
        ("id,a\nx,1\nx,2\n", "has client 'x' twice"),
        ("id,a\n ,1\n", "client 1 has no name"),
        ("id,a\n", "has 0 clients"),
        ("id\nx\n", "0 sites"),
        ("a,b\nx,1,2\n", "more cells than its header"),
        ("id,a\nx,true\ny,1\n", "write true or false in each"),
        ("client,site,minutes\nx,a,1\nx,a,2\n", "has client 'x' and site 'a' twice"),
        ("client,site,minutes\nx,a,-1\n", "-1"),
        ("client,site,minutes\nx,a,nan\n", "nan"),
        ("client,site,minutes\n", "has no pair"),
        ("scenario,origin,destination,minutes\n1,x,a,1\n2,x,a,1\n", r"several scenarios \(1, 2\)"),
    ],
)
def test_a_table_that_is_no_matrix_is_one_line(tmp_path, text, words):
    with pytest.raises(NanyiError, match=words) as caught:
        siting.read_cost_matrix(table(tmp_path, text))
    assert "\n" not in str(caught.value)
