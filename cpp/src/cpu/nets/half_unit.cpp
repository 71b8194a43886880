#include "cpu/nets/half_unit.hpp"

#include <algorithm>

#include "math/bfloat16.hpp"

#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace dpmd::cpu {
namespace {

int in_whole(int n, int multiple) { return (n + multiple - 1) / multiple * multiple; }

}  // namespace

void HalfMatrix::pack(const double* matrix, int rows, int columns, bool transposed) {
    n_in = transposed ? columns : rows;
    n_out = transposed ? rows : columns;
    stride = in_whole(n_out, half_lanes);
    depth = in_whole(n_in, half_depth);
    pairs.resize_discard(std::size_t(depth / 2) * std::size_t(stride));
    pairs.fill(0);
    constexpr int width = half_panel_vectors * half_lanes;
    for (int first = 0; first < stride; first += width) {
        const int w = std::min(width, stride - first);
        std::uint32_t* panel = pairs.data() + std::size_t(first) * std::size_t(depth / 2);
        for (int k = 0; k < n_in; ++k)
            for (int c = 0; c < w && first + c < n_out; ++c) {
                const int row = transposed ? first + c : k, column = transposed ? k : first + c;
                const double value = matrix[std::size_t(row) * std::size_t(columns) + std::size_t(column)];
                const std::uint32_t bits = bfloat16_bits(round_to_bfloat16(static_cast<float>(value)));
                panel[(k / 2) * w + c] |= k % 2 == 0 ? bits : bits << 16;
            }
    }
}

#if defined(__x86_64__)
bool enable_amx() {
#if defined(__linux__)
    constexpr long request_permission = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
    return false;
#endif
}
#endif

}  // namespace dpmd::cpu
