"""Measurements beside the peers; ``python -m benchmarks`` runs them one after another."""
