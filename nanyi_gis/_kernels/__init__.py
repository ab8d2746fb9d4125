"""Compiled loops over plain NumPy arrays; they know no file, no CRS and no class of ours."""
