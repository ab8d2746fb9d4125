"""Whether a road is open, under construction, planned or closed, in the words that layers use."""

from collections.abc import Mapping

_WORDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("", "open", "opened", "existing", "in_use", "in use", "in_service", "in service", "active"), "open"
    ),
    **dict.fromkeys(("operational", "operating", "operation", "built", "complete", "completed", "current"), "open"),
    **dict.fromkeys(
        ("现状", "现有", "既有", "已有", "建成", "已建", "已建成", "通车", "已通车", "建成通车", "运营"), "open"
    ),
    **dict.fromkeys(
        ("运营中", "开通", "已开通", "投用", "已投用", "在用", "使用中", "完工", "已完工", "竣工", "开放"), "open"
    ),
    **dict.fromkeys(("construction", "under_construction", "under construction", "being built"), "construction"),
    **dict.fromkeys(("在建", "在建中", "建设中", "正在建设", "施工", "施工中", "开工", "已开工"), "construction"),
    **dict.fromkeys(("planned", "proposed", "plan", "planning", "future", "design", "approved"), "planned"),
    **dict.fromkeys(
        ("规划", "规划中", "拟建", "计划", "计划中", "待建", "未建", "远期", "近期规划", "远期规划", "筹建"), "planned"
    ),
    **dict.fromkeys(("closed", "abandoned", "disused", "demolished", "razed", "removed", "decommissioned"), "closed"),
    **dict.fromkeys(("废弃", "已废弃", "关闭", "已关闭", "停用", "已停用", "拆除", "已拆除", "封闭", "停运"), "closed"),
    **dict.fromkeys(("unknown", "未知", "不详", "不明"), "unknown"),
}


def status_of(word: str) -> str | None:
    """Return ``open``, ``construction``, ``planned``, ``closed`` or ``unknown``; None if the word is none of them.

    >>> [status_of(word) for word in ("Open", "已建", "在建", "规划", "废弃", "perhaps")]
    ['open', 'open', 'construction', 'planned', 'closed', None]
    """
    return _WORDS.get(word.lower())
