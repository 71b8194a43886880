"""The parts of a model of one term with one descriptor."""

from __future__ import annotations

from dpmd.models.environment import Environment
from dpmd.models.fitting import Fitting
from dpmd.models.nets import EmbeddingNets
from dpmd.models.spec import Descriptor, ModelSpec


def descriptor_of(spec: ModelSpec) -> Descriptor:
    (term,) = spec.terms
    (descriptor,) = term.descriptors
    return descriptor


def embedding_of(spec: ModelSpec) -> EmbeddingNets:
    return descriptor_of(spec).embedding


def fitting_of(spec: ModelSpec) -> Fitting:
    (term,) = spec.terms
    return term.fitting


def environment_of(spec: ModelSpec) -> Environment:
    return descriptor_of(spec).environment
