"""Well-known objects: where they are (J2000), and roughly how they look."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["galaxy", "globular", "cluster", "nebula"]


@dataclass(frozen=True, slots=True)
class Target:
    """`ra` in hours, `dec` in degrees, `magnitude` of the whole, `radius` in arc minutes that holds half its
    light; of an oblong one the ratio of its axes and the position angle of the longer one in degrees."""

    name: str
    ra: float
    dec: float
    kind: Kind
    magnitude: float
    radius: float
    axes: float = 1.0
    angle: float = 0.0


TARGETS = (
    Target("NGC 104", 0.4015, -72.081, "globular", 4.1, 3.2),
    Target("M31", 0.7123, 41.2690, "galaxy", 3.4, 16.0, 0.35, 35),
    Target("NGC 253", 0.7925, -25.288, "galaxy", 7.1, 4.5, 0.25, 52),
    Target("M33", 1.5641, 30.660, "galaxy", 5.7, 9.0, 0.6, 23),
    Target("NGC 869", 2.3183, 57.133, "cluster", 5.3, 6.0),
    Target("M42", 5.5881, -5.391, "nebula", 4.0, 9.0),
    Target("M37", 5.8717, 32.553, "cluster", 6.2, 6.0),
    Target("M46", 7.6963, -14.810, "cluster", 6.1, 7.0),
    Target("M67", 8.8550, 11.814, "cluster", 6.1, 7.0),
    Target("M81", 9.9259, 69.065, "galaxy", 6.9, 4.0, 0.52, 157),
    Target("M82", 9.9312, 69.680, "galaxy", 8.4, 2.0, 0.3, 65),
    Target("M65", 11.3155, 13.092, "galaxy", 9.3, 1.8, 0.3, 174),
    Target("M104", 12.6665, -11.623, "galaxy", 8.0, 1.6, 0.4, 90),
    Target("NGC 5139", 13.4464, -47.480, "globular", 3.9, 5.0),
    Target("M51", 13.4980, 47.195, "galaxy", 8.4, 2.8, 0.8, 163),
    Target("M3", 13.7032, 28.377, "globular", 6.2, 2.3),
    Target("M101", 14.0535, 54.349, "galaxy", 7.9, 5.5, 0.93, 39),
    Target("M5", 15.3092, 2.081, "globular", 5.6, 1.8),
    Target("M13", 16.6949, 36.461, "globular", 5.8, 1.7),
    Target("M8", 18.0603, -24.387, "nebula", 6.0, 9.0),
    Target("M22", 18.6067, -23.905, "globular", 5.1, 3.4),
    Target("M57", 18.8931, 33.029, "nebula", 8.8, 0.5),
    Target("M27", 19.9934, 22.721, "nebula", 7.4, 2.2),
    Target("M15", 21.4995, 12.167, "globular", 6.2, 1.0),
    Target("NGC 7293", 22.4940, -20.837, "nebula", 7.6, 5.5),
)
