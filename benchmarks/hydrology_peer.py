"""Drainage by a peer: run by an interpreter that has it and need not have this package.

Called with the name of the peer and a folder that holds ``dem.tif`` and ``case.npz`` (heights, side of a cell, cells of
a stream); writes ``PEER.npz`` there with the seconds of the processor and of the clock, the filled surface, and the
bytes of the peak beyond the heights.
"""

import os
import sys
import time

import numpy as np


def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def whitebox(folder, case):
    import whitebox_workflows as library

    here = library.WbEnvironment()
    here.verbose = False
    here.max_procs = 1
    dem = here.read_raster(f"{folder}/dem.tif")

    def job():
        water = here.hydrology
        filled = water.fill_depressions(dem=dem, fix_flats=True)
        way = water.d8_pointer(dem=filled)
        total = water.d8_flow_accum(input=way, out_type="cells", input_is_pointer=True)
        streams = here.streams.extract_streams(flow_accumulation=total, threshold=float(case["stream"]))
        water.elevation_above_stream(dem=filled, streams=streams)
        return None  # raised by 0.0001 m a cell on flats

    return job


def pyflwdir(_folder, case):
    import pyflwdir as library

    def run(heights):
        filled, way = library.dem.fill_depressions(heights, nodata=-9999.0)
        flow = library.from_array(way, ftype="d8")
        total = flow.upstream_area()
        flow.hand(drain=total >= int(case["stream"]), elevtn=filled)
        return filled

    run(case["heights"][:100, :100].copy())  # what it compiles is not counted
    return lambda: run(case["heights"])


def topotoolbox(folder, _case):
    import topotoolbox as library

    dem = library.read_tif(f"{folder}/dem.tif")

    def job():
        filled = dem.fillsinks()
        library.FlowObject(dem).flow_accumulation()
        return np.asarray(filled)

    return job


PEERS = {"whitebox-workflows": whitebox, "pyflwdir": pyflwdir, "topotoolbox": topotoolbox}


def main():
    name, folder = sys.argv[1:]
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    case = np.load(f"{folder}/case.npz")
    case = {key: case[key] for key in case.files}
    job = PEERS[name](folder, case)
    before = peak()
    clock, start = time.perf_counter(), time.process_time()
    filled = job()
    seconds, wall = time.process_time() - start, time.perf_counter() - clock
    filled = np.empty((0, 0)) if filled is None else filled
    np.savez(f"{folder}/{name}.npz", seconds=seconds, wall=wall, filled=filled, octets=peak() - before)


main()
