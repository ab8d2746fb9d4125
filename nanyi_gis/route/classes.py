"""Road classes of JTG B01-2014 (Technical Standard of Highway Engineering): grade, radius and speed by class."""

from dataclasses import dataclass

from .._validation import check_choice


@dataclass(frozen=True)
class RoadClass:
    """What the standard allows a class of road in mountains, and how fast one drives there.

    Attributes
    ----------
    name, name_zh : str
        ``"III"``, ``"三级"``.
    design_kmh : tuple of int
        Design speeds, the usual one and the lowest; the limits below are those of the two.
    grades : tuple of float
        Greatest grade, rise over run (table 4.0.20).
    radii_m : tuple of float
        Least radius of a curve at 8 % of crossfall (table 4.0.17).
    speed_kmh : float
        Speed at which the package drives the class where it is level.
    """

    name: str
    name_zh: str
    design_kmh: tuple[int, int]
    grades: tuple[float, float]
    radii_m: tuple[float, float]
    speed_kmh: float

    @property
    def max_grade(self) -> float:
        """The greatest grade at the lowest design speed, which is what mountains get."""
        return self.grades[1]

    @property
    def least_radius_m(self) -> float:
        """The least radius at the lowest design speed."""
        return self.radii_m[1]


ROAD_CLASSES = {
    "II": RoadClass("II", "二级", (80, 60), (0.05, 0.06), (250.0, 125.0), 50.0),
    "III": RoadClass("III", "三级", (40, 30), (0.07, 0.08), (60.0, 30.0), 35.0),
    "IV": RoadClass("IV", "四级", (30, 20), (0.08, 0.09), (30.0, 15.0), 25.0),
}
"""Classes by name. Tables 4.0.17 and 4.0.20 of JTG B01-2014; rebuilt roads of 40 km/h and less may have 1 % more."""


def road_class(name: str) -> RoadClass:
    """Return the limits of a road class.

    Raises
    ------
    ParameterError
        If the class is none of II, III and IV.

    >>> road_class("III").grades, road_class("IV").max_grade
    ((0.07, 0.08), 0.09)
    """
    return ROAD_CLASSES[check_choice(name, ROAD_CLASSES, name="road_class")]
