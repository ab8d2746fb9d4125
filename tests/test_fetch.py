"""Files over the network: whatever the server does, the cache is whole and a rerun completes with the same bytes."""

import json
import socket
import zipfile
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from fetch_server import (
    cut,
    damaged,
    drip,
    length,
    no_ranges,
    other,
    packed,
    page,
    redirect,
    serving,
    silence,
    status,
    unmeasured,
    wrong_range,
)

from nanyi_gis.errors import FetchError, NanyiError, OutputError, ParameterError
from nanyi_gis.io import sha256
from nanyi_gis.raster import Grid, write_cog
from nanyi_gis.sources import Download, Patience, fetch_files
from nanyi_gis.sources.fetch import transfer
from nanyi_gis.sources.fetch.cache import Entry, place_of

QUICK = Patience(
    connect_s=2, read_s=2, attempts=3, wait_s=0.01, longest_wait_s=2, stall_s=0.2, least_speed=10_000, lock_s=20
)
PATH = "/tiles/N27E105/tile.tif"


@pytest.fixture
def server():
    with serving() as service:
        yield service


@pytest.fixture(scope="session")
def tile(tmp_path_factory):
    """A COG of noise: 130 kB in several blocks."""
    values = np.random.default_rng(5).integers(0, 2000, (300, 300)).astype(np.int16)
    grid = Grid("EPSG:4326", Affine(1 / 300, 0, 105, 0, -1 / 300, 28), 300, 300)
    path = write_cog(grid.array(values, nodata=-1), tmp_path_factory.mktemp("tile") / "tile.tif")
    return path.read_bytes()


@pytest.fixture
def asked(server, tile):
    server.files[PATH] = tile
    return Download(f"{server.url}{PATH}", form="tiff")


def get(download, cache, **options):
    (got,) = fetch_files([download], cache=cache, patience=QUICK, **options)
    return got


def whole(cache):
    """Hold that whatever bears a file's name in the cache is as its record has it, and return those names."""
    names = []
    for path in cache.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            entry = Entry(path.with_name(path.name.removesuffix(".json")))
            if entry.path.exists() and path == entry.path:
                assert entry.whole(), path
                names.append(path.name)
    return names


HEALED = {
    "cut in the middle": [cut(50_000)],
    "cut thrice": [cut(50_000), cut(9), cut(40_000)],
    "cut before the first byte": [cut(0)],
    "closed without a word": [silence, silence],
    "a length too long": [length(+777)],
    "429 with a time": [status(429, Retry_After="0")],
    "503 with a time": [status(503, Retry_After="1")],
    "503 with a date": [status(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")],
    "500, then 502": [status(500), status(502)],
    "a page once": [page()],
    "a page that says it is a tile": [page("image/tiff")],
    "a tile that ends too soon": [other(lambda content: content[: len(content) // 2])],
    "a tile with noise in it": [damaged],
    "a length too short": [length(-5000)],
    "no ranges after a cut": [cut(50_000), no_ranges],
    "another range after a cut": [cut(50_000), wrong_range],
    "other content after a cut": [cut(50_000), other(lambda content: content[::-1])],
    "no length, whole": [unmeasured()],
    "no length, cut": [unmeasured(60_000)],
    "drip": [drip(1.0)],
    "a redirect": [redirect("/tiles/N27E105/tile.tif?moved=1")],
}


@pytest.mark.parametrize("faults", HEALED.values(), ids=HEALED)
def test_what_passes_is_healed_within_a_run(server, asked, tile, tmp_path, faults):
    server.fail(PATH, *faults)
    got = get(asked, tmp_path)
    assert got.path.read_bytes() == tile
    assert whole(tmp_path) == ["tile.tif"]
    assert [path.name for path in tmp_path.rglob(".*")] == []
    before = len(server.asked)
    again = get(asked, tmp_path)
    assert (again.path, again.sha256, again.fetched) == (got.path, sha256(got.path), 0)
    assert len(server.asked) == before


def test_a_cut_is_resumed_not_begun_anew(server, asked, tile, tmp_path):
    server.fail(PATH, cut(50_000), cut(20_000))
    assert get(asked, tmp_path).fetched == len(tile)
    assert [span for _, _, span in server.asked] == ["", "bytes=50000-", "bytes=70000-"]


LASTING = {
    "always cut at the start": ([cut(0)] * 9, "broke off"),
    "always closed": ([silence] * 9, "the connection to 127.0.0.1 broke off"),
    "always busy": ([status(503)] * 9, r"127.0.0.1 is busy \(503\)"),
    "busy for an hour": ([status(503, Retry_After="3600")], "asks to wait 3,600 s; run again then"),
    "always a page": ([page()] * 9, "answers with a web page"),
    "always a page in disguise": ([page("image/tiff")] * 9, "it is a web page; a sign-in page of the network"),
    "always half": ([other(lambda content: content[: len(content) // 2])] * 9, "came whole but is not what it should"),
    "refused": ([status(403)], r"127.0.0.1 refuses access \(403\)"),
    "gone": ([status(410)], r"has the file no more \(410\)"),
    "a teapot": ([status(418)], "127.0.0.1 answers 418"),
    "to a file": ([redirect("file:///etc/passwd")], "only http and https are followed"),
    "to ftp": ([redirect("ftp://example.org/a.tif")], "only http and https are followed"),
    "in a circle": ([redirect("/tiles/N27E105/tile.tif")], "leads in a circle of redirects"),
    "on and on": ([redirect(f"/tiles/N27E105/tile.tif?{n}") for n in range(20)], "leads in a circle of redirects"),
    "packed on the way": ([packed], "comes packed on the way"),
    "always a drip": ([drip(1.0)] * 9, "comes at less than 10000 bytes a second"),
}


@pytest.mark.parametrize(("faults", "words"), LASTING.values(), ids=LASTING)
def test_what_lasts_is_one_line_and_a_rerun_completes(server, asked, tile, tmp_path, faults, words):
    server.fail(PATH, *faults)
    with pytest.raises(FetchError, match=words) as told:
        get(asked, tmp_path)
    assert "\n" not in str(told.value)
    assert ";" in str(told.value)
    assert whole(tmp_path) == []
    server.faults[PATH].clear()
    assert get(asked, tmp_path).path.read_bytes() == tile
    assert whole(tmp_path) == ["tile.tif"]


def test_what_came_of_a_file_is_kept_for_the_next_run(server, asked, tile, tmp_path):
    server.fail(PATH, cut(60_000), *[silence] * 9)
    with pytest.raises(FetchError, match="the 60,000 bytes that came are kept"):
        get(asked, tmp_path)
    server.faults[PATH].clear()
    got = get(asked, tmp_path)
    assert got.fetched == len(tile) - 60_000
    assert got.path.read_bytes() == tile


def test_pinned_size_and_digest_are_held(server, asked, tile, tmp_path):
    pinned = Download(asked.url, size=len(tile), sha256=sha256_of(tile))
    server.fail(PATH, other(lambda content: content[:-1] + b"?"))
    assert get(pinned, tmp_path).path.read_bytes() == tile
    for wrong in (Download(asked.url, sha256="0" * 64), Download(asked.url, size=5)):
        with pytest.raises(FetchError, match=r"longer than the 5 bytes|sha256 begins|bytes for 5"):
            get(wrong, tmp_path)
    assert get(pinned, tmp_path).path.read_bytes() == tile


def sha256_of(content):
    import hashlib

    return hashlib.sha256(content).hexdigest()


def test_what_is_damaged_in_the_cache_is_fetched_again(server, asked, tile, tmp_path):
    got = get(asked, tmp_path)
    for damage in (b"", tile[:1000], tile[:-1] + b"?"):
        got.path.write_bytes(damage)
        assert get(asked, tmp_path).path.read_bytes() == tile
    Entry(got.path).record_path.write_text("{")
    assert get(asked, tmp_path).path.read_bytes() == tile


@pytest.mark.parametrize("left", ["noise", "longer", "state broken", "state of another", "complete", "no state"])
def test_whatever_a_killed_run_left_is_no_trap(server, asked, tile, tmp_path, left):
    entry = Entry(tmp_path / place_of(asked.url))
    entry.path.parent.mkdir(parents=True)
    import hashlib

    state = {"url": asked.url, "same": f'"{hashlib.md5(tile).hexdigest()}"', "total": len(tile)}
    part = {"noise": bytes(4000), "longer": tile + b"more", "complete": tile}.get(left, tile[:5000])
    if left == "state of another":
        state["same"] = '"another"'
    entry.part.write_bytes(part)
    if left != "no state":
        entry.state_path.write_text("{" if left == "state broken" else json.dumps(state))
    got = get(asked, tmp_path)
    assert got.path.read_bytes() == tile
    assert whole(tmp_path) == ["tile.tif"]
    if left == "complete":
        assert server.asked == []


def test_an_answer_without_an_end_does_not_fill_the_disk(server, asked, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "_MOST_UNSTATED", 70_000)
    server.fail(PATH, unmeasured())
    with pytest.raises(FetchError, match="has no end"):
        get(asked, tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_optional_tile_may_be_absent(server, asked, tmp_path):
    absent = Download(f"{server.url}/sea.tif", optional=True)
    assert [got.download for got in fetch_files([absent, asked], cache=tmp_path, patience=QUICK)] == [asked]
    with pytest.raises(FetchError, match=r"has no such file \(404\)"):
        get(Download(f"{server.url}/sea.tif"), tmp_path)


def test_a_port_where_nobody_listens(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FetchError, match=r"127.0.0.1 cannot be reached"):
        get(Download(f"http://127.0.0.1:{port}/a.tif"), tmp_path)
    assert whole(tmp_path) == []


def test_a_proxy_that_is_not_there_is_named_without_its_password(asked, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://me:secret@127.0.0.1:9")
    with pytest.raises(FetchError, match=r"through the proxy http://127.0.0.1:9") as told:
        get(asked, tmp_path)
    assert "secret" not in str(told.value)
    monkeypatch.setenv("NANYI_GIS_NO_PROXY", "127.0.0.1")  # as the command line sets NO_PROXY aside
    assert get(asked, tmp_path).fetched > 0


def test_a_proxy_that_is_none_is_named(asked, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "gopher://127.0.0.1:9")
    with pytest.raises(FetchError, match="the proxy in the environment cannot be used"):
        get(asked, tmp_path)


def test_a_certificate_that_nobody_signed(tmp_path, self_signed, tile):
    with serving(certificate=self_signed) as service:
        service.files[PATH] = tile
        asked = Download(f"{service.url}{PATH}", form="tiff")
        with pytest.raises(FetchError, match=r"the certificate of 127.0.0.1 is not trusted .*SSL_CERT_FILE"):
            get(asked, tmp_path)
        assert whole(tmp_path) == []


def test_a_certificate_that_the_environment_names(tmp_path, self_signed, tile, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(self_signed))
    with serving(certificate=self_signed) as service, serving() as plain:
        service.files[PATH] = tile
        assert get(Download(f"{service.url}{PATH}", form="tiff"), tmp_path).path.read_bytes() == tile
        service.fail(PATH, redirect(f"{plain.url}{PATH}"))
        with pytest.raises(FetchError, match="leads from https to http"):
            get(Download(f"{service.url}{PATH}", form="tiff"), tmp_path / "other")


def test_certificates_that_are_none(asked, tmp_path, monkeypatch):
    (tmp_path / "bad.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "bad.pem"))
    with pytest.raises(FetchError, match="certificates in the environment cannot be read"):
        get(asked, tmp_path)


def test_addresses_that_a_disk_might_confuse_have_places_of_their_own(server, tile, tmp_path):
    paths = [
        "/a%20b.tif",
        "/a_b.tif",
        "/%E5%8F%99%E6%B0%B8.tif",
        f"/{'x' * 300}.tif",
        "/a/../c.tif",
        "/q.tif?k=1",
        "/q.tif?k=2",
    ]
    server.files["/c.tif"] = tile  # as the client shortens it
    for path in paths:
        server.files[path.partition("?")[0]] = tile
    places = [get(Download(f"{server.url}{path}", form="tiff"), tmp_path).path for path in paths]
    assert len(set(places)) == len(paths)
    assert all(tmp_path in place.resolve().parents and len(place.name.encode()) < 200 for place in places)
    assert place_of("https://example.org/A.tif") == place_of("http://example.org/A.tif")
    got = get(Download(f"{server.url}/a_b.tif"), tmp_path)
    record = Entry(got.path).record()
    Entry(got.path).record_path.write_text(json.dumps(record | {"url": "https://127.0.0.1/a_b.tif"}))
    assert get(Download(f"{server.url}/a_b.tif"), tmp_path).fetched == len(tile)


def test_names_and_passwords_are_neither_kept_nor_shown(server, asked, tmp_path):
    secret = asked.url.replace("http://", "http://me:secret@") + "?key=secret"
    got = get(Download(secret, form="tiff"), tmp_path)
    assert all("secret" not in path.read_text() for path in tmp_path.rglob("*.json"))
    assert "secret" not in got.path.name
    server.fail("/gone", status(403))
    with pytest.raises(FetchError) as told:
        get(Download(f"{server.url}/gone?key=secret".replace("http://", "http://me:secret@")), tmp_path)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999/a", "http:///a.tif", "http://[::1/a", "http://127.0.0.1:1/\x00a", "http://a b/c"]
)
def test_an_address_that_is_none_is_one_line(tmp_path, url):
    with pytest.raises(NanyiError) as told:
        get(Download(url), tmp_path)
    assert "\n" not in str(told.value)


def test_files_on_disk_are_checked_where_they_lie(tile, tmp_path):
    path = tmp_path / "tile.tif"
    path.write_bytes(tile)
    assert get(Download(str(path), form="tiff"), tmp_path / "cache").path == path
    assert not (tmp_path / "cache").exists()
    path.write_bytes(tile[: len(tile) // 2])
    with pytest.raises(FetchError, match="is not what it should be"):
        get(Download(str(path), form="tiff"), tmp_path / "cache")
    with pytest.raises(FetchError, match="no file"):
        get(Download(str(tmp_path / "none.tif")), tmp_path / "cache")


def test_archives_are_read_to_their_end(server, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "x" * 5000)
    content = (tmp_path / "a.zip").read_bytes()
    server.files["/a.zip"] = content.replace(b"xxxxx", b"xxyxx", 1)
    with pytest.raises(FetchError, match="is damaged"):
        get(Download(f"{server.url}/a.zip", form="zip"), tmp_path / "cache")
    server.files["/a.zip"] = content
    assert get(Download(f"{server.url}/a.zip", form="zip"), tmp_path / "cache").path.read_bytes() == content


def test_a_cache_that_cannot_be_written(asked, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write to the cache .*NANYI_GIS_CACHE"):
        get(asked, tmp_path / "file")


def test_no_room_is_told_before_anything_comes(server, asked, tmp_path, monkeypatch):
    import shutil

    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(OutputError, match="free some space, or set NANYI_GIS_CACHE"):
        get(asked, tmp_path)
    assert whole(tmp_path) == []


def test_progress_rises_to_one(asked, tmp_path):
    told = []
    get(asked, tmp_path, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_the_cache_is_where_the_platform_or_the_user_says(monkeypatch):
    from nanyi_gis.sources import cache_folder

    monkeypatch.setenv("NANYI_GIS_CACHE", "/data/cache")
    assert cache_folder() == Path("/data/cache")
    monkeypatch.delenv("NANYI_GIS_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/home/a/.c")
    assert cache_folder() == Path("/home/a/.c/nanyi-gis")

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(ParameterError, match="set NANYI_GIS_CACHE"):
        cache_folder()


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory):
    """A certificate for 127.0.0.1 with its key, as openssl makes it."""
    import shutil
    import subprocess

    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    folder = tmp_path_factory.mktemp("certificate")
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-days", "30", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
    ]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return both
