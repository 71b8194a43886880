"""Weights of the members of a linear combination, folded into the members: they cost nothing when a model runs."""

from __future__ import annotations

from dataclasses import replace

from dpmd.models.nets import Network
from dpmd.models.spec import NetTerm, Term


def weighted(term: Term, weight: float) -> Term:
    """The term with ``weight`` times its energies."""
    if weight == 1.0:
        return term
    if not isinstance(term, NetTerm):
        return replace(term, coefficients=term.coefficients * weight, energy_shift=term.energy_shift * weight)
    fitting, found = term.fitting, {}
    for network in fitting.networks:  # types may share one
        if id(network) not in found:
            found[id(network)] = scaled(network, weight)
    networks = [found[id(network)] for network in fitting.networks]
    return replace(term, fitting=replace(fitting, networks=networks, energy_shift=fitting.energy_shift * weight))


def scaled(network: Network, factor: float) -> Network:
    """A fitting net times a number: its last layer is linear."""
    *hidden, last = network.layers
    bias = None if last.bias is None else last.bias * factor
    return Network(layers=[*hidden, replace(last, weight=last.weight * factor, bias=bias)])
