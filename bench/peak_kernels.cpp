#include "peak_kernels.hpp"

#include "cpu/tile/vector.hpp"

namespace dpmd::bench::DPMD_ISA {
namespace {

using cpu::DPMD_ISA::lanes;
using cpu::DPMD_ISA::load;
using cpu::DPMD_ISA::store;
using cpu::DPMD_ISA::Vector;

// Enough to hide a latency of several cycles with two operations per cycle, few enough for the registers, and for the
// compiler to unroll them.
#if DPMD_VECTOR_BYTES == 64 || defined(__aarch64__)
constexpr int n_chains = 16;
#else
constexpr int n_chains = 12;
#endif

template <class Real>
constexpr std::int64_t flop_per_step = 2 * n_chains* lanes<Real>;

template <class Real>
double multiply_add(std::int64_t n_steps) {
    using V = Vector<Real>;
    const V half = broadcast<V>(Real(0.5));
    V x[n_chains];
    for (int k = 0; k < n_chains; ++k) x[k] = broadcast<V>(Real(k));
    for (std::int64_t step = 0; step < n_steps; ++step)
        for (int k = 0; k < n_chains; ++k) x[k] = x[k] * half + half;
    V largest{};
    for (int k = 0; k < n_chains; ++k) {
        const V error = x[k] - Real(1), size = error < Real(0) ? -error : error;
        largest = size > largest ? size : largest;
    }
    double out = 0;
    for (int lane = 0; lane < lanes<Real>; ++lane) out = double(largest[lane]) > out ? double(largest[lane]) : out;
    return out;
}

double read(const double* x, std::size_t n) {
    constexpr std::size_t n_sums = 8, L = lanes<double>;
    Vector<double> sum[n_sums] = {};
    for (std::size_t k = 0; k < n; k += n_sums * L)
        for (std::size_t s = 0; s < n_sums; ++s) sum[s] += load(x + k + s * L);
    double total = 0;
    for (std::size_t s = 0; s < n_sums; ++s)
        for (std::size_t lane = 0; lane < L; ++lane) total += sum[s][lane];
    return total;
}

void triad(double* x, const double* y, const double* z, std::size_t n) {
    constexpr std::size_t L = lanes<double>;
    for (std::size_t k = 0; k < n; k += L) store(x + k, load(y + k) + 0.5 * load(z + k));
}

#define DPMD_TEXT_OF(x) #x
#define DPMD_TEXT(x) DPMD_TEXT_OF(x)

}  // namespace

const PeakKernels& peak_kernels() {
    static constexpr PeakKernels kernels{DPMD_TEXT(DPMD_ISA),
                                         flop_per_step<double>,
                                         flop_per_step<float>,
                                         &multiply_add<double>,
                                         &multiply_add<float>,
                                         &read,
                                         &triad};
    return kernels;
}

}  // namespace dpmd::bench::DPMD_ISA
