"""Where the next facilities go: the best choice of sites on any cost matrix, with a proof that anyone can recompute."""

from .center import p_center
from .clients import clients_from_raster
from .cover_models import backup_coverage, max_coverage, set_cover
from .files import COST_FILE, SITING_FILES, write_siting
from .matrix import fitted, read_cost_matrix
from .median_models import Levels, hierarchical, p_median
from .more import Sensitivity, Within, efficient_within, price_of_more, regret, sensitivity, spread
from .posed import MODELS
from .read import read_siting
from .result import Certificate, Siting
from .verify import Verified, verify

__all__ = [
    "COST_FILE",
    "MODELS",
    "SITING_FILES",
    "Certificate",
    "Levels",
    "Sensitivity",
    "Siting",
    "Verified",
    "Within",
    "backup_coverage",
    "clients_from_raster",
    "efficient_within",
    "fitted",
    "hierarchical",
    "max_coverage",
    "p_center",
    "p_median",
    "price_of_more",
    "read_cost_matrix",
    "read_siting",
    "regret",
    "sensitivity",
    "set_cover",
    "spread",
    "verify",
    "write_siting",
]
