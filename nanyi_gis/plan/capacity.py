"""Whether the land can carry what the plan asks: room in the orange belt (C-06), grain for the liquor (C-07)."""

from dataclasses import dataclass

from .quantity import convert
from .register import Plan
from .totals import fruit_totals


@dataclass(frozen=True, kw_only=True)
class BeltRoom:
    """An area of a crop against a belt along a river.

    Attributes
    ----------
    area : float
        What the plan asks, in 万亩.
    length_km, frontage_km : float
        Length of the belt, and of the whole bank that could take it.

    >>> belt = BeltRoom(area=40, length_km=50, frontage_km=200)
    >>> round(belt.area_km2, 1), round(belt.width_km, 2), round(belt.width_of_frontage_km, 2)
    (266.7, 5.33, 1.33)
    """

    area: float
    length_km: float
    frontage_km: float

    @property
    def area_km2(self) -> float:
        """What the plan asks, in km²."""
        return convert(self.area, "万亩", "km²")

    @property
    def width_km(self) -> float:
        """Mean width that the area takes along the belt."""
        return self.area_km2 / self.length_km

    @property
    def width_of_frontage_km(self) -> float:
        """Mean width that the area takes along the whole bank."""
        return self.area_km2 / self.frontage_km


@dataclass(frozen=True, kw_only=True)
class GrainBalance:
    """A grain base against the distilling capacity that it should feed; pairs are for the low and the high yield.

    Attributes
    ----------
    base : float
        Land of the base in 万亩, one crop a year.
    capacity : float
        New liquor in 万t a year.
    per_tonne : float
        Tonnes of grain for a tonne of liquor.
    yields : tuple of float
        Low and high yield in kg per 亩.

    >>> balance = GrainBalance(base=30, capacity=20, per_tonne=2.4, yields=(250, 400))
    >>> balance.needed, balance.grain, balance.liquor, balance.share, balance.area
    (48.0, (7.5, 12.0), (3.125, 5.0), (0.15625, 0.25), (120.0, 192.0))
    """

    base: float
    capacity: float
    per_tonne: float
    yields: tuple[float, float]

    @property
    def needed(self) -> float:
        """Grain that the capacity takes, in 万t a year."""
        return self.capacity * self.per_tonne

    @property
    def grain(self) -> tuple[float, float]:
        """Grain that the base gives, in 万t a year; 万亩 times kg per 亩 is 10 t."""
        low, high = self.yields
        return self.base * low / 1e3, self.base * high / 1e3

    @property
    def liquor(self) -> tuple[float, float]:
        """Liquor that this grain makes, in 万t a year."""
        low, high = self.grain
        return low / self.per_tonne, high / self.per_tonne

    @property
    def share(self) -> tuple[float, float]:
        """That liquor as a share of the capacity, 0 to 1 and above."""
        low, high = self.liquor
        return low / self.capacity, high / self.capacity

    @property
    def area(self) -> tuple[float, float]:
        """Land in 万亩 that would feed the whole capacity, at the high and at the low yield."""
        low, high = self.yields
        return self.needed * 1e3 / high, self.needed * 1e3 / low


def fruit_belt_room(plan: Plan) -> BeltRoom:
    """Return the orange of the plan against its 百里 belt and the frontage on the river (C-06).

    >>> from nanyi_gis.plan import load_plan
    >>> room = fruit_belt_room(load_plan())
    >>> room.area, room.length_km, round(room.frontage_km, 1), round(room.width_km, 1)
    (40.0, 50.0, 211.5, 5.3)
    """
    inputs = plan.check("C-06").inputs
    frontage = sum(figure.value for name, figure in inputs.items() if name.startswith("frontage_"))
    area = float(fruit_totals(plan).loc["orange", "total"])  # type: ignore[arg-type]
    return BeltRoom(area=area, length_km=plan.item("F-21").total("km"), frontage_km=frontage)


def grain_balance(plan: Plan) -> GrainBalance:
    """Return the sorghum base of the plan against its new liquor capacity (C-07).

    >>> from nanyi_gis.plan import load_plan
    >>> balance = grain_balance(load_plan())
    >>> balance.base, balance.capacity, balance.per_tonne, balance.yields
    (30.0, 20.0, 2.4, (222.0, 318.0))
    """
    inputs = {name: figure.value for name, figure in plan.check("C-07").inputs.items()}
    return GrainBalance(
        base=plan.item("L-15").total("万亩"),
        capacity=plan.item("L-01").total("万吨/年"),
        per_tonne=inputs["sorghum_per_liquor"],
        yields=(inputs["yield_low"], inputs["yield_high"]),
    )
