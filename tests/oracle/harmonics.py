"""Real spherical harmonics of degrees 2 to 4 as homogeneous polynomials, with their gradients.

Those of one degree have the scalar product P_l(cos) for unit vectors. A component is a list of terms (coefficient,
powers of x, y and z); q = x² + y² + z² is written out.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

Polynomial = dict[tuple[int, int, int], float]


def times(a: Polynomial, b: Polynomial) -> Polynomial:
    product: Polynomial = {}
    for p, x in a.items():
        for q, y in b.items():
            power = (p[0] + q[0], p[1] + q[1], p[2] + q[2])
            product[power] = product.get(power, 0.0) + x * y
    return product


def plus(*terms: tuple[float, Polynomial]) -> Polynomial:
    total: Polynomial = {}
    for factor, polynomial in terms:
        for power, value in polynomial.items():
            total[power] = total.get(power, 0.0) + factor * value
    return total


X, Y, Z = {(1, 0, 0): 1.0}, {(0, 1, 0): 1.0}, {(0, 0, 1): 1.0}
XX, YY, ZZ = times(X, X), times(Y, Y), times(Z, Z)
XY, YZ, XZ = times(X, Y), times(Y, Z), times(X, Z)
Q = plus((1, XX), (1, YY), (1, ZZ))


def scaled(factor: float, *factors: Polynomial) -> Polynomial:
    product: Polynomial = {(0, 0, 0): factor}
    for one in factors:
        product = times(product, one)
    return product


SECOND = [
    scaled(sqrt(3), XY),
    scaled(sqrt(3), YZ),
    plus((1.5, ZZ), (-0.5, Q)),
    scaled(sqrt(3), XZ),
    scaled(sqrt(3) / 2, plus((1, XX), (-1, YY))),
]
THIRD = [
    scaled(sqrt(5 / 8), Y, plus((3, XX), (-1, YY))),
    scaled(sqrt(15), XY, Z),
    scaled(sqrt(3 / 8), Y, plus((5, ZZ), (-1, Q))),
    scaled(0.5, Z, plus((5, ZZ), (-3, Q))),
    scaled(sqrt(3 / 8), X, plus((5, ZZ), (-1, Q))),
    scaled(sqrt(15) / 2, Z, plus((1, XX), (-1, YY))),
    scaled(sqrt(5 / 8), X, plus((1, XX), (-3, YY))),
]
FOURTH = [
    scaled(sqrt(35) / 2, XY, plus((1, XX), (-1, YY))),
    scaled(sqrt(70) / 4, YZ, plus((3, XX), (-1, YY))),
    scaled(sqrt(5) / 2, XY, plus((7, ZZ), (-1, Q))),
    scaled(sqrt(10) / 4, YZ, plus((7, ZZ), (-3, Q))),
    scaled(1 / 8, plus((35, times(ZZ, ZZ)), (-30, times(ZZ, Q)), (3, times(Q, Q)))),
    scaled(sqrt(10) / 4, XZ, plus((7, ZZ), (-3, Q))),
    scaled(sqrt(5) / 4, plus((1, XX), (-1, YY)), plus((7, ZZ), (-1, Q))),
    scaled(sqrt(70) / 4, XZ, plus((1, XX), (-3, YY))),
    scaled(sqrt(35) / 8, plus((1, times(XX, XX)), (-6, times(XX, YY)), (1, times(YY, YY)))),
]


def harmonics(u: np.ndarray, lmax: int) -> tuple[np.ndarray, np.ndarray]:
    """Values [n, k] of the degrees 2 to lmax at u [n, 3], and gradients [n, k, 3]."""
    components = [one for degree in (SECOND, THIRD, FOURTH)[: lmax - 1] for one in degree]
    values = np.zeros((len(u), len(components)))
    gradients = np.zeros((len(u), len(components), 3))
    for k, polynomial in enumerate(components):
        for powers, factor in polynomial.items():
            values[:, k] += factor * np.prod(u ** np.array(powers), axis=1)
            for axis in range(3):
                if powers[axis]:
                    lower = np.array(powers)
                    lower[axis] -= 1
                    gradients[:, k, axis] += factor * powers[axis] * np.prod(u**lower, axis=1)
    return values, gradients
