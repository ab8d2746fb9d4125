"""A text in the language of the page that keeps the one it was made from, for a tooltip."""


class Said(str):
    """Text with ``raw``, the text as it stands in the data.

    >>> told = Said.of("编者所知", raw="own knowledge")
    >>> told, told.raw
    ('编者所知', 'own knowledge')
    """

    __slots__ = ("raw",)
    raw: str

    @classmethod
    def of(cls, text: str, *, raw: str) -> "Said":
        """Return the text with what it was made from."""
        told = cls(text)
        told.raw = raw
        return told


def raw_of(value: object) -> str:
    """Return what a text was made from, where that is another text; else nothing.

    >>> raw_of(Said.of("a", raw="b")), raw_of(Said.of("a", raw="a")), raw_of("a")
    ('b', '', '')
    """
    raw = value.raw if isinstance(value, Said) else ""
    return "" if raw == value else raw
