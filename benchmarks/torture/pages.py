"""Pages made from files whose words are code, opened in a browser without a network: does any of it run?"""

import importlib
import json
import shutil
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np

from . import seeds
from .jobs import finish, load_everything
from .table import Row

MARK = "window.__ran=(window.__ran||0)+1"
HOSTILE = (
    f"<img src=x onerror={MARK}>",
    f"</script><script>{MARK}</script>",
    f"\"'><svg onload={MARK}>",
    f"`${{{MARK}}}`",
    f"'-({MARK})-'",
    f"javascript:{MARK}",
    f"<!--<script>{MARK}//-->",
    f"<iframe srcdoc='<script>parent.{MARK}</script>'>",
    f"{{{{ {MARK} }}}}",
    f"<a href=javascript:{MARK}>a</a>",
    f"\u2028;{MARK}//",
    f"<style>@import 'http://127.0.0.1/x'</style><details open ontoggle={MARK}>",
    f"\\u003cimg src=x onerror={MARK}\\u003e",
    f"&lt;img src=x onerror={MARK}&gt;",
)
_OPEN_ALL = """() => { const map = window.nanyi && nanyi.map; if (map) map.eachLayer(layer => {
    try { layer.openPopup && layer.openPopup(); layer.openTooltip && layer.openTooltip(); } catch (e) {} });
    document.querySelectorAll('details').forEach(d => { d.open = true; }); return window.__ran || 0; }"""


def hostile_study(folder: Path) -> tuple[Path, list[Path]]:
    """Write the little study and layers with code in every name; return the folder and the layers."""
    _, study = seeds.make(folder / "sound")
    record = (study / "study.toml").read_text(encoding="utf-8")
    for number, word in enumerate(("title_zh", "title_en", "plan_title_zh", "plan_title_en", "plan_source_zh")):
        head, _, rest = record.partition(f"{word} = ")
        record = f"{head}{word} = {json.dumps(HOSTILE[number])}\n{rest.partition(chr(10))[2]}"
    (study / "study.toml").write_text(record, encoding="utf-8")
    use = (study / "plum.toml").read_text(encoding="utf-8")
    start = use.index('name_en = "')
    name = f"name_en = {json.dumps(HOSTILE[0])}\n"
    (study / "plum.toml").write_text(use[:start] + name + use[start:].partition("\n")[2], encoding="utf-8")
    items = json.loads((study / "plan" / "items.json").read_text(encoding="utf-8"))
    items[0] |= {"name_zh": HOSTILE[1], "name_en": HOSTILE[2], "quote": HOSTILE[0]}
    (study / "plan" / "items.json").write_text(json.dumps(items, ensure_ascii=False), encoding="utf-8")
    spread = np.linspace(0.01, 0.14, len(HOSTILE))
    columns = {"name": HOSTILE, **{text[:60]: HOSTILE for text in HOSTILE[:4]}}
    frame = gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(105.3 + spread, 28.06 + spread * 0.9), crs=4326)
    frame.to_file(folder / "own.geojson", engine="pyogrio")
    frame.to_file(folder / "img src=x onerror=1.gpkg", engine="pyogrio", layer="img src=x onerror=1".replace(" ", "_"))
    return study, [folder / "own.geojson", folder / "img src=x onerror=1.gpkg"]


def task(given: dict[str, object]) -> list[Row]:
    """Return one row: the pages, each opened with everything on it."""
    folder = Path(str(given["folder"]))
    row = Row("hostile words in pages")
    if not any(map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))):
        return [Row(row.what, note="not tried: no Chromium here")]
    began = time.monotonic()
    study, layers = hostile_study(folder)
    load_everything()
    out = folder / "out"
    arguments = ["build", "--study", str(study), "--out", str(out), "--lang", "en"]
    for path in layers:
        arguments += ["--layer", str(path)]
    status, text, _ = finish(arguments, folder / "log")
    if status != 0:
        row.count([f"build ended with {status}: {text[-300:]!r}"])
        return [row]
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
    browser = importlib.import_module("browser")
    for page in sorted(out.glob("*.html")):
        with browser.open_page(page, ready=False) as opened:
            opened.wait_for_timeout(700)
            ran = opened.evaluate(_OPEN_ALL)
            opened.wait_for_timeout(300)
            ran = max(ran, opened.evaluate("() => window.__ran || 0"))
            faults = [f"EXECUTED: {ran} times"] if ran else []
            faults += [f"NETWORK: {url}" for url in opened.requests]
            faults += [f"DIALOG: {words}" for words in opened.dialogs]
            faults += [f"ERROR: {words}" for words in [*opened.errors, *opened.console]]
            row.count([f"{fault} <- {page.name}" for fault in faults])
    row.seconds = time.monotonic() - began
    row.note = f"{len(HOSTILE)} strings in names, columns, layers, plan, crop and titles"
    return [row]


if __name__ == "__main__":
    print(json.dumps([vars(row) for row in task(json.loads(sys.argv[1]))]))
