#include "comm/decomposition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dpmd {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int n_bins = 2048;  // of the histogram from which planes are found

/// Planes that divide a histogram into n parts of equal counts; atoms are assumed to be spread evenly within a bin.
void cut_evenly(std::span<const std::int64_t> counts, double low, double high, int n, std::vector<double>& out) {
    double total = 0;
    for (const std::int64_t count : counts) total += static_cast<double>(count);
    const double width = (high - low) / static_cast<double>(counts.size());
    std::size_t bin = 0;
    double below = 0;
    for (int k = 1; k < n; ++k) {
        if (total == 0) {
            out.push_back(low + (high - low) * k / n);
            continue;
        }
        const double wanted = total * k / n;
        while (bin + 1 < counts.size() && below + static_cast<double>(counts[bin]) < wanted)
            below += static_cast<double>(counts[bin++]);
        const double share = counts[bin] > 0 ? (wanted - below) / static_cast<double>(counts[bin]) : 0.0;
        out.push_back(low + width * (static_cast<double>(bin) + share));
    }
}

/// The bin of x among n equal bins from 0 to 1.
std::size_t bin_of(double x, int n) { return static_cast<std::size_t>(std::clamp(x * n, 0.0, double(n - 1))); }

double margin_of(const PeriodicCell& cell, std::size_t k, double reach) {
    return reach / cell.width[k] * (1 + 1e-12) + 1e-12;  // slightly wider to allow for rounding
}

}  // namespace

Decomposition::Decomposition(const std::array<int, 3>& grid, const Extent& extent) : grid_(grid) {
    for (int level = 0; level < 3; ++level) {
        const auto k = std::size_t(level);
        for (int part = 0; part < n_parts(level); ++part)
            for (int cut = 1; cut < grid_[k]; ++cut)
                cuts_[k].push_back(extent.low[k] + (extent.high[k] - extent.low[k]) * cut / grid_[k]);
    }
}

/// The number of parts that are cut along this direction: the box, its slabs, their columns.
int Decomposition::n_parts(int level) const {
    int n = 1;
    for (int k = 0; k < level; ++k) n *= grid_[std::size_t(k)];
    return n;
}

std::span<const double> Decomposition::cuts_of(int level, int part) const {
    const auto n = std::size_t(grid_[std::size_t(level)] - 1);
    return std::span(cuts_[std::size_t(level)]).subspan(n * std::size_t(part), n);
}

/// The part in which a point lies after cuts along the first `n_levels` directions.
int Decomposition::part_of(const Vector3& fractional, int n_levels) const {
    int part = 0;
    for (int level = 0; level < n_levels; ++level) {
        const std::span<const double> cuts = cuts_of(level, part);
        const auto at = std::upper_bound(cuts.begin(), cuts.end(), fractional[level]) - cuts.begin();
        part = part * grid_[std::size_t(level)] + static_cast<int>(at);
    }
    return part;
}

int Decomposition::owner(const Vector3& fractional) const { return part_of(fractional, 3); }

Brick Decomposition::brick(int rank) const {
    Brick out;
    int part = rank;
    for (int level = 2; level >= 0; --level) {
        const auto k = std::size_t(level);
        const auto at = std::size_t(part % grid_[k]);
        part /= grid_[k];
        const std::span<const double> cuts = cuts_of(level, part);
        out.low[k] = at == 0 ? -infinity : cuts[at - 1];
        out.high[k] = at == cuts.size() ? infinity : cuts[at];
    }
    return out;
}

void Decomposition::balance(Communicator& ranks, std::span<const Vector3> fractional, const Extent& extent) {
    for (int level = 0; level < 3; ++level) {
        const auto k = std::size_t(level);
        if (grid_[k] == 1) continue;
        const auto parts = std::size_t(n_parts(level));
        const double low = extent.low[k], width = std::max(extent.high[k] - low, 1e-300);
        std::vector<std::int64_t> counts(parts * n_bins, 0);
        for (const Vector3& f : fractional) {
            ++counts[std::size_t(part_of(f, level)) * n_bins + bin_of((f[level] - low) / width, n_bins)];
        }
        ranks.sum(counts);
        cuts_[k].clear();
        for (std::size_t part = 0; part < parts; ++part)
            cut_evenly(std::span(counts).subspan(part * n_bins, n_bins), low, extent.high[k], grid_[k], cuts_[k]);
    }
}

std::vector<Vector3> fractions_of(std::span<const double> positions, const PeriodicCell& cell) {
    std::vector<Vector3> out(positions.size() / 3);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = row_times(positions.data() + 3 * i, cell.inverse_cell);
    return out;
}

Extent extent_of(Communicator& ranks, std::span<const Vector3> fractional, const PeriodicCell& cell) {
    double ends[6];  // highest, and negated lowest
    std::fill_n(ends, 6, -infinity);
    for (const Vector3& f : fractional)
        for (int k = 0; k < 3; ++k) {
            ends[k] = std::max(ends[k], f[k]);
            ends[k + 3] = std::max(ends[k + 3], -f[k]);
        }
    ranks.max(ends);
    Extent out;
    for (std::size_t k = 0; k < 3; ++k) {
        if (cell.periodic[k] || ends[k] == -infinity) continue;
        out.low[k] = -ends[k + 3];
        out.high[k] = ends[k];
    }
    return out;
}

std::array<double, 3> occupied_shares(Communicator& ranks, std::span<const Vector3> fractional, const Extent& extent) {
    constexpr int n = 256;
    std::vector<std::int64_t> counts(3 * n, 0);
    for (const Vector3& f : fractional)
        for (int k = 0; k < 3; ++k) {
            const double low = extent.low[std::size_t(k)], width = extent.high[std::size_t(k)] - low;
            ++counts[std::size_t(k * n) + bin_of((f[k] - low) / std::max(width, 1e-300), n)];
        }
    ranks.sum(counts);
    std::array<double, 3> out{};
    for (int k = 0; k < 3; ++k) {
        int gap = 0, longest = 0;
        for (int bin = 0; bin < 2 * n; ++bin) {  // twice around, because a gap may cross the end
            gap = counts[std::size_t(k * n + bin % n)] == 0 ? gap + 1 : 0;
            longest = std::max(longest, std::min(gap, n - 1));
        }
        out[std::size_t(k)] = 1 - double(longest) / n;
    }
    return out;
}

std::array<int, 3> choose_grid(int n_ranks, const PeriodicCell& cell, const Extent& extent, double reach,
                               const std::array<double, 3>& occupied) {
    std::array<int, 3> best{1, 1, n_ranks};
    double fewest = infinity;
    for (int a = 1; a <= n_ranks; ++a) {
        if (n_ranks % a != 0) continue;
        for (int b = 1; b <= n_ranks / a; ++b) {
            if (n_ranks / a % b != 0) continue;
            const std::array<int, 3> grid{a, b, n_ranks / a / b};
            double volume = 1;  // of a brick with its ghosts
            for (std::size_t k = 0; k < 3; ++k) {
                const double share = 1.0 / grid[k];
                // bricks next to empty space have ghosts on one side only
                const bool has_two_sides = cell.periodic[k] && cell.width[k] * (1 - occupied[k]) < reach;
                const double sides = has_two_sides ? 2 : 2 * (1 - share);
                volume *= cell.width[k] * (extent.high[k] - extent.low[k]) * occupied[k] * share + sides * reach;
            }
            if (volume >= fewest * (1 - 1e-9)) continue;
            fewest = volume;
            best = grid;
        }
    }
    return best;
}

std::vector<WantedCopy> wanted_copies(const Decomposition& decomposition, int owner, const PeriodicCell& cell,
                                      double reach) {
    // Along a periodic direction an uncut brick reaches from 0 to 1.
    const auto ends_of = [&](int rank) {
        Brick out = decomposition.brick(rank);
        for (std::size_t k = 0; k < 3; ++k) {
            if (!cell.periodic[k]) continue;
            out.low[k] = std::max(out.low[k], 0.0);
            out.high[k] = std::min(out.high[k], 1.0);
        }
        return out;
    };
    const Brick own = ends_of(owner);
    std::vector<WantedCopy> out;
    for (int rank = 0; rank < decomposition.n_ranks(); ++rank) {
        const Brick other = ends_of(rank);
        std::int32_t first[3] = {}, last[3] = {};
        bool is_near = true;
        for (std::size_t k = 0; k < 3; ++k) {
            const double margin = margin_of(cell, k, reach);
            is_near = is_near && other.low[k] < other.high[k];
            if (cell.periodic[k]) {
                // rounding may leave a wrapped position slightly outside
                first[k] = static_cast<std::int32_t>(std::ceil(other.low[k] - margin - own.high[k] - 1e-9));
                last[k] = static_cast<std::int32_t>(std::floor(other.high[k] + margin - own.low[k] + 1e-9));
            } else {
                is_near = is_near && other.low[k] - margin <= own.high[k] && other.high[k] + margin >= own.low[k];
            }
        }
        if (!is_near) continue;
        for (std::int32_t a = first[0]; a <= last[0]; ++a)
            for (std::int32_t b = first[1]; b <= last[1]; ++b)
                for (std::int32_t c = first[2]; c <= last[2]; ++c) {
                    if (rank == owner && a == 0 && b == 0 && c == 0) continue;
                    WantedCopy copy{rank, {a, b, c}, {}, {}};
                    for (std::size_t k = 0; k < 3; ++k) {
                        const double margin = margin_of(cell, k, reach);
                        copy.low[k] = other.low[k] - margin - copy.image[k];
                        copy.high[k] = other.high[k] + margin - copy.image[k];
                    }
                    out.push_back(copy);
                }
    }
    return out;
}

}  // namespace dpmd
