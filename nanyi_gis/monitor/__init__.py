"""The plan as a living register: what is due, what is reported of it, how it stands, and what it will be."""

from .areas import Land, read_areas
from .blank_sheet import EVIDENCE_WORDS, deadline_text, target_text, write_blank_sheet
from .changes import CHANGE_COLUMNS, changes
from .check import CHECK_FILES, PlanCheck, check_plan, write_contradictions
from .claims import Figure, PlanClaims, Related, plan_claims
from .contradictions import CHECK_COLUMNS, CLAIM_COLUMNS, CONFLICT_COLUMNS, Contradictions, contradictions
from .forecast import NO_FORECAST, Forecast
from .progress import STATUS_COLUMNS, status
from .reading import PUBLISHED, Reading, read_reports, read_sheets, refuse_set_aside
from .records import ADJUSTED, DONE, Basis, Nature, Observation, Tracked
from .register import STATE_UNIT, Register, needed_register, read_register, tracked
from .relations import Relations, read_relations
from .report import REPORT_FILES, Report, report, report_files, write_report
from .reported import reported_relations
from .scores import SCORE_COLUMNS, Weights, read_weights, scores
from .sheets import HEADINGS, NEEDED, SHEET, Sheet, open_sheet
from .states import STATES, STATES_EN, Behind, Lamp, State, StateRule, read_rule, rule_names

__all__ = [
    "ADJUSTED",
    "CHANGE_COLUMNS",
    "CHECK_COLUMNS",
    "CHECK_FILES",
    "CLAIM_COLUMNS",
    "CONFLICT_COLUMNS",
    "DONE",
    "EVIDENCE_WORDS",
    "HEADINGS",
    "NEEDED",
    "NO_FORECAST",
    "PUBLISHED",
    "REPORT_FILES",
    "SCORE_COLUMNS",
    "SHEET",
    "STATES",
    "STATES_EN",
    "STATE_UNIT",
    "STATUS_COLUMNS",
    "Basis",
    "Behind",
    "Contradictions",
    "Figure",
    "Forecast",
    "Lamp",
    "Land",
    "Nature",
    "Observation",
    "PlanCheck",
    "PlanClaims",
    "Reading",
    "Register",
    "Related",
    "Relations",
    "Report",
    "Sheet",
    "State",
    "StateRule",
    "Tracked",
    "Weights",
    "changes",
    "check_plan",
    "contradictions",
    "deadline_text",
    "needed_register",
    "open_sheet",
    "plan_claims",
    "read_areas",
    "read_register",
    "read_relations",
    "read_reports",
    "read_rule",
    "read_sheets",
    "read_weights",
    "refuse_set_aside",
    "report",
    "report_files",
    "reported_relations",
    "rule_names",
    "scores",
    "status",
    "target_text",
    "tracked",
    "write_blank_sheet",
    "write_contradictions",
    "write_report",
]
