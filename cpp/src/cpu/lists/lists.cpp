// The verbs around the neighbour list on the CPU: checks, wrapping, images, and the order of the list.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "cpu/verbs.hpp"

namespace dpmd::cpu {

void check_atoms(CheckAtomsArgs& args) {
    args.bad = -1;
    for (std::int32_t i = 0; i < args.n; ++i) {
        const double* x = args.positions + 3 * std::size_t(i);
        if (std::isfinite(x[0]) && std::isfinite(x[1]) && std::isfinite(x[2]) && args.types[i] >= -1 &&
            args.types[i] < args.n_types)
            continue;
        args.bad = i;
        return;
    }
}

void wrap(WrapArgs& args) {
    args.too_far = -1;
    for (std::int32_t k = 0; k < args.n; ++k) {
        const double* x = args.positions + 3 * std::size_t(args.order != nullptr ? args.order[k] : k);
        double cells[3];
        if (!wrap_cells(x, args.cell, cells)) {
            args.too_far = k;
            return;
        }
        const Vector3 moved = row_times(cells, args.cell.cell);
        for (int c = 0; c < 3; ++c) {
            args.wrapped[3 * std::size_t(k) + std::size_t(c)] = x[c] - moved[c];
            args.wrap[3 * std::size_t(k) + std::size_t(c)] = static_cast<std::int32_t>(cells[c]);
        }
    }
}

void make_images(MakeImagesArgs& args) {
    args.n_images = 0;
    for (std::int32_t i = 0; i < args.n_owned; ++i)
        args.n_images += image_range(args.cell, args.positions + 3 * std::size_t(i), args.reach).count();
    if (args.n_images > args.capacity) return;
    std::size_t at = 0;
    for (std::int32_t i = 0; i < args.n_owned; ++i) {
        const ImageRange range = image_range(args.cell, args.positions + 3 * std::size_t(i), args.reach);
        for (std::int32_t a = range.low[0]; a <= range.high[0]; ++a)
            for (std::int32_t b = range.low[1]; b <= range.high[1]; ++b)
                for (std::int32_t c = range.low[2]; c <= range.high[2]; ++c) {
                    if (a == 0 && b == 0 && c == 0) continue;
                    args.owner[at] = i;
                    args.images[3 * at] = a;
                    args.images[3 * at + 1] = b;
                    args.images[3 * at + 2] = c;
                    ++at;
                }
    }
}

void gather_atoms(const GatherAtomsArgs& args) {
    const auto n_owned = std::size_t(args.n_owned), n_ghosts = std::size_t(args.n_ghosts);
    for (std::size_t k = 0; k < n_owned; ++k) {
        const auto i = std::size_t(args.order[k]);
        args.list_types[k] = args.types[i];
        args.list_ids[k] = args.ids != nullptr ? args.ids[i] : std::int64_t(i);
        std::fill_n(args.list_images + 3 * k, 3, 0);
    }
    for (std::size_t g = 0; g < n_ghosts; ++g) {
        const auto owner = std::size_t(args.owner[g]);
        args.list_types[n_owned + g] = args.list_types[owner];
        args.list_ids[n_owned + g] = args.list_ids[owner];
        std::copy_n(args.ghost_images + 3 * g, 3, args.list_images + 3 * (n_owned + g));
    }
}

void group_by_type(const GroupByTypeArgs& args) {
    std::int32_t at = 0;
    for (std::int32_t t = 0; t < args.n_types; ++t) {
        args.type_first[t] = at;
        for (std::int32_t k = 0; k < args.n; ++k)
            if (args.types[k] == t) args.by_type[at++] = k;
    }
    args.type_first[args.n_types] = at;
}

void separate_atoms(const SeparateAtomsArgs& args) {
    for (std::size_t k = 0; k < std::size_t(args.n_owned); ++k) {
        const bool is_outer = std::any_of(args.index + args.first[k], args.index + args.first[k + 1],
                                          [&](std::int32_t j) { return j >= args.first_remote; });
        args.inner[k] = is_outer ? -1 : args.types[k];
        args.outer[k] = is_outer ? args.types[k] : -1;
    }
}

void place_atoms(const PlaceAtomsArgs& args) {
    for (std::size_t k = 0; k < std::size_t(args.n); ++k) {
        const std::int32_t* n = args.wrap + 3 * k;
        const double cells[3] = {double(n[0]), double(n[1]), double(n[2])};
        const Vector3 moved = row_times(cells, *args.cell);
        const double* from = args.from + 3 * std::size_t(args.order[k]);
        for (std::size_t c = 0; c < 3; ++c) args.positions[3 * k + c] = from[c] - moved[int(c)];
    }
}

void return_atoms(const ReturnAtomsArgs& args) {
    const auto width = std::size_t(args.width);
    for (std::size_t k = 0; k < std::size_t(args.n); ++k) {
        double* to = args.to + width * std::size_t(args.order[k]);
        for (std::size_t c = 0; c < width; ++c)
            to[c] = args.fixed != nullptr ? from_fixed(args.fixed[width * k + c]) : args.from[width * k + c];
    }
}

void take_atoms(const TakeAtomsArgs& args) {
    const auto width = std::size_t(args.width);
    for (std::size_t k = 0; k < std::size_t(args.n); ++k)
        std::copy_n(args.from + width * std::size_t(args.order[k]), width, args.to + width * k);
}

}  // namespace dpmd::cpu
