"""Files that are broken, processes that are killed, disks that are full, machines that are odd: what then happens.

``python -m benchmarks.torture`` runs all of it, ``--only fuzz,kill`` parts of it, and writes a table. A short
run of the same parts stands in ``tests/test_faults.py``.
"""
