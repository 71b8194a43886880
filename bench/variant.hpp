#pragma once
// The ways a model can run, and the model that the benchmarks run.
#include <memory>
#include <string>
#include <vector>

#include "dpmd/potential.hpp"
#include "models/model_data.hpp"

namespace dpmd::bench {

/// The .dpmd file named by the environment variable DPMD_BENCH_MODEL, or the example's small water model.
std::string model_path();
const ModelData& model();

struct Variant {
    std::string form;       ///< PotentialOptions::compress
    std::string precision;  ///< PotentialOptions::precision
    std::string isa;        ///< instruction set of the CPU; empty on other devices
    std::string device = "cpu";

    bool is_on_cpu() const { return device == "cpu"; }
    /// "form:moment/precision:double/isa:avx512" or ".../device:cuda:0", the middle of a benchmark's name.
    std::string name() const;
    bool operator==(const Variant&) const = default;
};

/// Instruction sets with their own kernels, slowest first, without those that only add a unit for products of bfloat16.
std::vector<std::string> kernel_sets();

/// The GPUs that can be used, such as "cuda:0".
std::vector<std::string> usable_devices();

/// Every form and precision in every instruction set where it differs from the others.
std::vector<Variant> all_variants();
/// Every form and precision, in the fastest instruction set for it.
std::vector<Variant> fastest_variants();
/// The given variants, followed by every form and precision on every usable device.
std::vector<Variant> with_devices(std::vector<Variant> variants);

/// The size of a case, and its number of threads; 0: on a device.
struct Size {
    int side = 1, threads = 0;
    /// "side:2/threads:1", the end of a benchmark's name.
    std::string name() const;
};
/// One and two threads with the given sides on the CPU, up to a million atoms on a device.
std::vector<Size> sizes_on(const std::string& device, const std::vector<int>& cpu_sides);

/// The peak of `threads` threads, floating-point operations per second; 0 on a device, which has other kinds of units.
double peak_of(const Variant& variant, int threads);

/// The model in the form of a variant. The last one is kept, so that repetitions do not compress it again. Throws
/// InputError where compression was asked for and refused.
std::shared_ptr<Potential> load(const Variant& variant, int threads, double skin);

}  // namespace dpmd::bench
