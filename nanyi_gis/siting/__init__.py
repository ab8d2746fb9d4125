"""Where the next facilities go: the best choice of sites on any cost matrix, with a proof that anyone can recompute."""

from .center import p_center
from .cover_models import backup_coverage, max_coverage, set_cover
from .median_models import Levels, hierarchical, p_median
from .posed import MODELS
from .result import Certificate, Siting
from .verify import Verified, verify

__all__ = [
    "MODELS",
    "Certificate",
    "Levels",
    "Siting",
    "Verified",
    "backup_coverage",
    "hierarchical",
    "max_coverage",
    "p_center",
    "p_median",
    "set_cover",
    "verify",
]
