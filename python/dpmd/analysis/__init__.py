"""Analysis of trajectories: radial distributions, displacements, thermodynamic averages."""

from dpmd.analysis.msd import MeanSquaredDisplacement, mean_squared_displacement
from dpmd.analysis.rdf import RadialDistribution, radial_distributions

__all__ = [
    "MeanSquaredDisplacement",
    "RadialDistribution",
    "mean_squared_displacement",
    "radial_distributions",
]
