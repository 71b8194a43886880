#pragma once
// Whether a variant computes what it should: benchmarks check this before they measure.
#include <span>
#include <string>

#include "dpmd/potential.hpp"
#include "structure.hpp"
#include "variant.hpp"

namespace dpmd::bench {

/// Compares forces and energy of a structure of equal cells with those that the exact nets in double give for one cell.
/// Empty: they agree as well as the variant promises; otherwise, what is wrong.
std::string fault_of(const Variant& variant, const Potential& potential, std::span<const double> forces, double energy);

}  // namespace dpmd::bench
