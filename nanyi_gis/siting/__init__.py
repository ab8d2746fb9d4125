"""Where the next facilities go: the best choice of sites on any cost matrix, with a proof that anyone can recompute."""

from .center import p_center
from .cover_models import backup_coverage, max_coverage, set_cover
from .median_models import Levels, hierarchical, p_median
from .more import Sensitivity, Within, efficient_within, price_of_more, regret, sensitivity, spread
from .posed import MODELS
from .result import Certificate, Siting
from .verify import Verified, verify

__all__ = [
    "MODELS",
    "Certificate",
    "Levels",
    "Sensitivity",
    "Siting",
    "Verified",
    "Within",
    "backup_coverage",
    "efficient_within",
    "hierarchical",
    "max_coverage",
    "p_center",
    "p_median",
    "price_of_more",
    "regret",
    "sensitivity",
    "set_cover",
    "spread",
    "verify",
]
