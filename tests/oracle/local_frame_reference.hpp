#pragma once
// Local frames, slowly and clearly: derivatives come from dual numbers, one pass for each coordinate of each neighbour
// (docs/theory.md).
#include <algorithm>
#include <array>
#include <vector>

#include "models/local/local_frame.hpp"
#include "oracle/dual_numbers.hpp"
#include "oracle/slots_reference.hpp"

namespace dpmd::reference {

/// The neighbours of an atom that have slots, by type, the nearest first.
struct FrameSeen {
    int center = 0;
    std::vector<std::vector<Bond>> of_type;
};

inline FrameSeen see(const NetTerm& term, const LocalFrame& descriptor, const System& system, std::size_t i) {
    const int center = system.types[i];
    std::vector<Bond> bonds = bonds_of(system, static_cast<int>(i), descriptor.environment.cutoff);
    std::sort(bonds.begin(), bonds.end(), [](const Bond& a, const Bond& b) { return a.r < b.r; });
    FrameSeen out{center, std::vector<std::vector<Bond>>(std::size_t(descriptor.n_types()))};
    for (const Bond& bond : bonds) {
        const int type = system.types[std::size_t(bond.atom)];
        std::vector<Bond>& same = out.of_type[std::size_t(type)];
        const std::size_t sel =
            std::size_t(descriptor.sel_full[std::size_t(type)] + descriptor.sel_radial[std::size_t(type)]);
        if (!excludes(term.pair_exclude_types, center, type) && same.size() < sel) same.push_back(bond);
    }
    return out;
}

using DualVector = std::array<Dual, 3>;

inline Dual dot(const DualVector& a, const DualVector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/// a - factor b
inline DualVector minus(const DualVector& a, Dual factor, const DualVector& b) {
    return {a[0] - factor * b[0], a[1] - factor * b[1], a[2] - factor * b[2]};
}

inline DualVector unit(const DualVector& a) {
    const Dual length = sqrt_of(dot(a, a));
    return {a[0] / length, a[1] / length, a[2] / length};
}

inline DualVector cross(const DualVector& a, const DualVector& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

/// The vectors to all neighbours, as in FrameSeen.
using DualVectors = std::vector<std::vector<DualVector>>;

/// Coordinate `derivative` of the neighbour `moving` of type `type` has the slope 1.
inline DualVectors vectors_of(const FrameSeen& seen, std::size_t type, std::size_t moving, int derivative) {
    DualVectors out(seen.of_type.size());
    for (std::size_t t = 0; t < out.size(); ++t)
        for (std::size_t k = 0; k < seen.of_type[t].size(); ++k) {
            const Bond& bond = seen.of_type[t][k];
            DualVector& vector = out[t].emplace_back(DualVector{Dual(bond.d[0]), Dual(bond.d[1]), Dual(bond.d[2])});
            if (t == type && k == moving && derivative >= 0) vector[std::size_t(derivative)].slope = 1;
        }
    return out;
}

/// e3, e1, e2.
inline std::array<DualVector, 3> frame_of(const LocalFrame::Axes& axes, const DualVectors& vectors) {
    const auto neighbor = [&](const LocalFrame::Axis& axis) {
        return vectors[std::size_t(axis.neighbor_type)].at(std::size_t(axis.place));
    };
    const DualVector e1 = unit(neighbor(axes.first));
    LocalFrame::Axis second = axes.second;
    if (dot(e1, unit(neighbor(second))).value + 1 < real(1e-4)) ++second.place;
    const DualVector e2 = unit(minus(neighbor(second), dot(neighbor(second), e1), e1));
    return {cross(e1, e2), e1, e2};
}

/// The features, and their derivatives along coordinate `derivative` of a neighbour.
inline Duals features_of(const LocalFrame& descriptor, const FrameSeen& seen, std::size_t type, std::size_t moving,
                         int derivative) {
    const DualVectors vectors = vectors_of(seen, type, moving, derivative);
    const std::array<DualVector, 3> frame = frame_of(descriptor.axes[std::size_t(seen.center)], vectors);
    Duals full, radial;
    for (std::size_t t = 0; t < vectors.size(); ++t) {
        const auto n_full = std::size_t(descriptor.sel_full[t]), n_radial = std::size_t(descriptor.sel_radial[t]);
        for (std::size_t k = 0; k < n_full + n_radial; ++k) {
            const bool is_there = k < vectors[t].size();
            const Dual square = is_there ? dot(vectors[t][k], vectors[t][k]) : Dual(1);
            const Dual inverse = is_there ? Dual(1) / sqrt_of(square) : Dual();
            (k < n_full ? full : radial).push_back(inverse);
            for (std::size_t c = 0; c < 3 && k < n_full; ++c)
                full.push_back(is_there ? dot(vectors[t][k], frame[c]) / square : Dual());
        }
    }
    full.insert(full.end(), radial.begin(), radial.end());
    for (std::size_t k = 0; k < full.size(); ++k) {
        const std::size_t at = std::size_t(seen.center) * full.size() + k;
        full[k] = (full[k] - Dual(descriptor.shift[at])) / Dual(descriptor.scale[at]);
    }
    return full;
}

inline std::vector<real> features_of(const LocalFrame& descriptor, const FrameSeen& seen) {
    std::vector<real> out;
    for (const Dual& feature : features_of(descriptor, seen, 0, 0, -1)) out.push_back(feature.value);
    return out;
}

}  // namespace dpmd::reference
