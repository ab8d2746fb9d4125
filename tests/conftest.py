import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import browser
import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
collect_ignore = ["qgis_opens.py"]  # for the Python that has QGIS
COARSE = 400.0  # metres; the cells of the atlas that the tests share
LONGEST_WAIT_S = 900.0  # for what another worker makes
LONGEST_COLLECTION_S = 120.0


# files that share what is dear to make, so that one worker runs them
TOGETHER = {
    "test_second_study.py": "another county",
    "test_study_everywhere.py": "another county",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files with slow tests first, so that parallel workers end together.

    One file has the shared atlas made; the others that want it come after those that do not, so that no worker waits.
    """

    def rank(item: pytest.Item) -> int:
        if not any(item.get_closest_marker(name) for name in ("slow", "browser")):
            return 3
        if item.path.name == "test_atlas_book.py":
            return 0
        return 1 if not {"coarse_atlas", "atlas", "stored"} & set(getattr(item, "fixturenames", ())) else 2

    items.sort(key=rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out whole files in the order above: what a file makes for its tests is made once, not by each worker."""
    from xdist.scheduler import LoadScopeScheduling

    class Files(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return TOGETHER.get(Path(file).name, file)

    config.option.loadscopereorder = False  # the longest first, not the most tests
    return Files(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Let one worker read the tests first: it keeps the rewritten modules, which take longer to make than to load."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None:
        return (yield)
    read = Path(tempfile.gettempdir()) / f"nanyi-tests-{worker['testrunuid']}"
    first = worker["workerid"] == "gw0"
    end = time.monotonic() + LONGEST_COLLECTION_S
    while not first and not read.exists() and time.monotonic() < end:
        time.sleep(0.2)
    try:
        return (yield)
    finally:
        if first:
            read.touch()
            session.config.add_cleanup(lambda: read.unlink(missing_ok=True))


def pytest_collection_finish() -> None:
    """Spare the collector all modules and tests: looking through them took a fifteenth of the time of the tests."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Stop Chromium behind the last browser test in a row: what follows may use asyncio."""
    if nextitem is None or not nextitem.get_closest_marker("browser"):
        browser.stop()


@pytest.fixture(scope="session", autouse=True)
def _no_proxies() -> None:
    """No test reaches the internet; a proxy in the environment must not hide a mistake."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def _no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees what the user fetched, nor leaves anything there."""
    os.environ["NANYI_GIS_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder with the check data; skip where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the check data in ../shared is not here")
    return SHARED


@pytest.fixture
def kept_only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Leave all pages out of an atlas but those named: they take time, and other tests see them."""
    from nanyi_gis.atlas import pages

    found = pages.modules

    def keep(*names: str) -> None:
        monkeypatch.setattr(pages, "modules", lambda: [m for m in found() if m.__name__.rpartition(".")[2] in names])

    return keep


@pytest.fixture(scope="session")
def coarse_atlas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded atlas, coarse, in a path with Chinese and spaces; nothing may be written into it."""
    return made_once(tmp_path_factory, "图 集", lambda folder: _atlas().build_atlas(folder, resolution=COARSE))


@pytest.fixture(scope="session")
def coarse_english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in English."""
    return made_once(
        tmp_path_factory, "atlas (en)", lambda folder: _atlas().build_atlas(folder, resolution=COARSE, lang="en")
    )


@pytest.fixture(scope="session")
def public_atlas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public atlas at its own resolution, with a layer of the user's own at positions of centimetres."""

    def make(folder: Path) -> None:
        mast = mast_layer(tmp_path_factory.mktemp("own") / "own.geojson")
        _atlas().build_atlas(folder, layers=[mast], public=True)

    return made_once(tmp_path_factory, "public", make)


def mast_layer(path: Path) -> Path:
    """Write two places and the line between them, at positions of centimetres."""
    import geopandas as gpd
    import shapely

    line = shapely.LineString([(105.41234567, 28.1), (105.51234567, 28.2)])
    point = shapely.Point(105.51234567, 28.01234567)
    gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[line, point], crs=4326).to_file(path)
    return path


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that one worker makes for all of them."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    folder, made, failed = root / name, root / f"{name}.made", root / f"{name}.failed"
    try:
        (root / f"{name}.begun").mkdir()
    except FileExistsError:
        end = time.monotonic() + LONGEST_WAIT_S
        while not made.exists():
            assert not failed.exists(), f"{name}: another worker could not make it"
            assert time.monotonic() < end, f"{name}: another worker did not make it within {LONGEST_WAIT_S:g} s"
            time.sleep(0.2)
        return folder
    try:
        make(folder)
    except BaseException:
        failed.touch()
        raise
    made.touch()
    return folder


def _atlas() -> ModuleType:
    from nanyi_gis import atlas  # it loads most of the package, which most test files need not wait for

    return atlas


@pytest.fixture(scope="session")
def wuyuan_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of another county, with all that a study may have; tests that change it copy it first."""
    return _second_study().write_study(tmp_path_factory.mktemp("study") / "婺源 study", bare=False)


@pytest.fixture(scope="session")
def wuyuan_bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same study with its counties alone."""
    return _second_study().write_study(tmp_path_factory.mktemp("study") / "bare", bare=True)


@pytest.fixture(scope="session")
def wuyuan_dem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hills over that county."""
    return _second_study().write_dem(tmp_path_factory.mktemp("dem") / "hills.tif")


def _second_study() -> ModuleType:
    import second_study  # it loads half the package, which most test files need not wait for

    return second_study
