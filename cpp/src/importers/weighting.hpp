#pragma once
// Weights of the members of a linear combination, folded into the members: they cost nothing when a model runs.
#include "models/local/local_model.hpp"

namespace dpmd::importers {

/// Multiplies the energies of a term.
void weight_energies(NetTerm& term, double weight);
void weight_energies(PairTable& table, double weight);

/// A fitting net times a number: its last layer is linear.
void weight_energies(Network& network, double weight);

}  // namespace dpmd::importers
