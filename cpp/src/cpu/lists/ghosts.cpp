// The ghost verbs on the CPU.
#include <cstddef>

#include "backend/ghosts.hpp"
#include "cpu/verbs.hpp"

namespace dpmd::cpu {

void forward_ghosts(const ForwardGhostsArgs& args) {
    for (std::int32_t g = 0; g < args.n_ghosts; ++g) {
        const std::int32_t* n = args.images + 3 * std::size_t(g);
        const double image[3] = {double(n[0]), double(n[1]), double(n[2])};
        const Vector3 shift = row_times(image, *args.cell);
        const double* from = args.positions + 3 * std::size_t(args.owner[g]);
        for (int k = 0; k < 3; ++k) args.ghosts[3 * std::size_t(g) + std::size_t(k)] = from[k] + shift[k];
    }
}

void reverse_ghosts(const ReverseGhostsArgs& args) {
    const auto width = std::size_t(args.width);
    for (std::int32_t g = 0; g < args.n_ghosts; ++g) {
        std::int64_t* to = args.values + width * std::size_t(args.owner[g]);
        for (std::size_t k = 0; k < width; ++k) to[k] += args.ghosts[width * std::size_t(g) + k];
    }
}

}  // namespace dpmd::cpu
