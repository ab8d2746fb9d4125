"""Dask schedulers that are absent, alone, lost or unlike: one line, in a stated time."""

import contextlib
import socket
import subprocess
import sys
import time

import pytest

from nanyi_gis.errors import OutputError, ParameterError
from nanyi_gis.suitability import cluster as clusters
from nanyi_gis.suitability import schedulers
from nanyi_gis.suitability.schedulers import pool, unordered

distributed = pytest.importorskip("distributed")


@pytest.fixture
def local(tmp_path):
    """Make clusters with so many workers, threads of this process, on this machine only."""
    made = []

    def make(workers, **options):
        made.append(
            distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=False,
                protocol="tcp",
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                local_directory=str(tmp_path),
                silence_logs=50,
                **options,
            )
        )
        return made[-1]

    yield make
    for cluster in made:
        with contextlib.suppress(Exception):  # its scheduler may be gone
            cluster.close(timeout=1)
        cluster.status = distributed.core.Status.closed  # or it complains when it is collected, in some later test


@pytest.mark.parametrize(
    "address", ["tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:x", "tcp://127.0.0.1:99999", "http://a:1", "no://a:1"]
)
def test_an_address_of_another_form_is_refused(address):
    with pytest.raises(ParameterError, match="scheduler"), pool(address):
        pass


def test_nobody_at_the_address_is_told_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    start = time.monotonic()
    with pytest.raises(OutputError, match=f"no Dask scheduler answers at {address}"), pool(address):
        pass
    assert time.monotonic() - start < clusters.PROBE_SECONDS


def test_tls_without_certificates_names_the_cure(local):
    address = local(0).scheduler_address.replace("tcp://", "tls://")
    with pytest.raises(ParameterError, match=r"distributed\.comm\.tls"), pool(address):
        pass


def test_a_scheduler_without_workers_is_told_after_the_stated_time(local, monkeypatch):
    monkeypatch.setenv(clusters.WAIT_VARIABLE, "0.5")
    address = local(0).scheduler_address
    with pytest.raises(OutputError, match=r"has had no worker for 0\.5 s"), pool(address):
        pass


@pytest.mark.parametrize("value", ["soon", "0", "-1", "inf", "nan"])
def test_a_time_that_is_none_is_refused(monkeypatch, value):
    monkeypatch.setenv(clusters.WAIT_VARIABLE, value)
    with pytest.raises(ParameterError, match=f"{clusters.WAIT_VARIABLE} is '{value}'"):
        clusters.patience()


@pytest.mark.parametrize(("version", "words"), [("0.0.1", "have nanyi_gis"), (None, "have no nanyi_gis")])
def test_workers_of_another_version_are_refused(local, monkeypatch, version, words):
    address = local(1).scheduler_address
    if version is None:
        monkeypatch.setattr(clusters.pydoc, "locate", nothing)
    else:
        monkeypatch.setattr(clusters, "__version__", version)
    with pytest.raises(OutputError, match=words), pool(address):
        pass


def nothing(name):
    return None


def slowly(shared, item):
    time.sleep(0.2)
    return shared + item


def test_a_scheduler_that_ends_in_the_middle_is_one_line(local, monkeypatch):
    monkeypatch.setattr(schedulers, "_LOOK_S", 0.2)
    monkeypatch.setenv(clusters.WAIT_VARIABLE, "1")
    cluster = local(1)
    start = time.monotonic()
    with (
        pytest.raises(OutputError, match=r"the Dask scheduler .* is gone"),
        pool(cluster.scheduler_address) as workers,
    ):
        for done, _ in enumerate(unordered(workers, slowly, 1, range(100))):
            if done == 2:
                cluster.sync(cluster.scheduler.close)
    assert time.monotonic() - start < 40


def test_workers_that_all_leave_are_told_after_the_stated_time(local, monkeypatch):
    monkeypatch.setattr(schedulers, "_LOOK_S", 0.2)
    monkeypatch.setenv(clusters.WAIT_VARIABLE, "1")
    cluster = local(1)
    with pytest.raises(OutputError, match="has had no worker for 1 s"), pool(cluster.scheduler_address) as workers:
        for done, _ in enumerate(unordered(workers, slowly, 1, range(100))):
            if done == 2:
                cluster.scale(0)


def test_a_cluster_of_our_own_listens_here_only_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(clusters.tempfile, "tempdir", str(tmp_path))
    with clusters.cluster("processes", workers=1) as (client, watch):
        assert watch.workers() == 1
        addresses = [client.scheduler.address, *client.nthreads()]
        assert all(address.startswith("tcp://127.0.0.1:") for address in addresses)
    assert list(tmp_path.glob("nanyi-dask-*")) == []


def test_without_dask_the_extra_is_named():
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "from nanyi_gis.suitability.schedulers import pool\n"
        "try:\n    with pool('processes'): pass\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install nanyi_gis[dask]" in done.stdout
