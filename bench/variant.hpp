#pragma once
// The ways a model can run, and the model that the benchmarks run.
#include <memory>
#include <string>
#include <vector>

#include "backend/model_spec.hpp"
#include "dpmd/potential.hpp"

namespace dpmd::bench {

/// The .dpmd file named by the environment variable DPMD_BENCH_MODEL, or the example's small water model.
std::string model_path();
const ModelSpec& model();

struct Variant {
    std::string form;       ///< PotentialOptions::compress
    std::string precision;  ///< PotentialOptions::precision
    std::string isa;

    /// "form:moment/precision:double/isa:avx512", the middle of a benchmark's name.
    std::string name() const;
    bool operator==(const Variant&) const = default;
};

/// Instruction sets with kernels of their own, slowest first. What adds only a unit for products of bfloat16 is not
/// one.
std::vector<std::string> kernel_sets();

/// Every form and precision in every instruction set where it differs from the others.
std::vector<Variant> all_variants();
/// Every form and precision, in the fastest instruction set for it.
std::vector<Variant> fastest_variants();

/// The model as a variant. The last one is kept, so that repetitions do not compress it again. InputError where
/// compression was asked for and refused.
std::shared_ptr<Potential> load(const Variant& variant, int threads, double skin);

}  // namespace dpmd::bench
