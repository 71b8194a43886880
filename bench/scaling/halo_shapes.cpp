#include "halo_shapes.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "comm/decomposition.hpp"
#include "core/text.hpp"
#include "neighbor/lattice.hpp"

namespace dpmd::bench {
namespace {

/// The steps to all neighbours.
std::vector<std::array<int, 3>> all_steps() {
    std::vector<std::array<int, 3>> out;
    for (int k = 0; k < 27; ++k)
        if (k != 13) out.push_back({k / 9 - 1, k / 3 % 3 - 1, k % 3 - 1});
    return out;
}

std::array<int, 3> cubic_grid(int n_ranks) {
    const double edge = 100 * std::cbrt(double(n_ranks));
    const Lattice lattice(Box::fully_periodic({edge, 0, 0, 0, edge, 0, 0, 0, edge}));
    return choose_grid(n_ranks, lattice.geometry(), {}, 10);
}

}  // namespace

HaloVolumes HaloVolumes::of_cube(double n_atoms, double density, double reach) {
    const double edge = std::cbrt(n_atoms / density), share = std::min(reach / edge, 1.0);
    const auto rows = [&](double part) { return std::max<std::size_t>(1, std::size_t(std::lround(n_atoms * part))); };
    return {rows(1), rows(share), rows(share * share), rows(share * share * share)};
}

HaloShapes::HaloShapes(Communicator& ranks, const HaloVolumes& volumes)
    : ranks_(ranks), volumes_(volumes), grid_(cubic_grid(ranks.size())) {
    rows_.assign(volumes.own + volumes.ghosts(), Row{-1, 0, 0});
    for (std::size_t i = 0; i < volumes.own; ++i) rows_[i] = {double(ranks.rank()), double(i), 0};
    plan_direct();
    plan_staged();
}

int HaloShapes::neighbor(const std::array<int, 3>& step) const {
    const int rank = ranks_.rank();
    const std::array<int, 3> at{rank / (grid_[1] * grid_[2]), rank / grid_[2] % grid_[1], rank % grid_[2]};
    std::array<int, 3> there{};
    for (std::size_t k = 0; k < 3; ++k) there[k] = (at[k] + step[k] + grid_[k]) % grid_[k];
    return (there[0] * grid_[1] + there[1]) * grid_[2] + there[2];
}

std::size_t HaloShapes::volume(const std::array<int, 3>& step) const {
    const auto n = 3 - std::count(step.begin(), step.end(), 0);
    return n == 1 ? volumes_.face : n == 2 ? volumes_.edge : volumes_.corner;
}

/// One message per rank, with all rows in its directions.
void HaloShapes::plan_direct() {
    std::map<int, Part> by_peer;
    for (const auto& step : all_steps()) {
        Part& part = by_peer[neighbor(step)];
        for (std::size_t k = 0; k < volume(step); ++k)  // anywhere in the brick
            part.rows.push_back(std::uint32_t((k * 7919 + part.rows.size()) % volumes_.own));
    }
    std::size_t first = volumes_.own;
    for (auto& [peer, part] : by_peer) {
        part.to = part.from = peer;
        part.first = first;
        first += part.rows.size();  // as many arrive: the steps from there are the opposite ones
        if (peer != ranks_.rank()) direct_peers_.push_back(peer);
        direct_.push_back(std::move(part));
    }
}

/// In each direction sends own rows of the face and rows received in earlier directions, which make edges out of faces
/// and corners out of edges.
void HaloShapes::plan_staged() {
    struct Block {
        std::size_t first;
        bool is_face;
    };
    std::vector<Block> came;
    std::size_t first = volumes_.own;
    for (std::size_t k = 0; k < 3; ++k) {
        const std::size_t n_before = came.size();
        for (const int side : {-1, 1}) {
            std::array<int, 3> step{};
            step[k] = side;
            Part part;
            part.to = neighbor(step);
            step[k] = -side;
            part.from = neighbor(step);
            part.first = first;
            for (std::size_t i = 0; i < volumes_.face; ++i) part.rows.push_back(std::uint32_t(i * 7919 % volumes_.own));
            came.push_back({first, true});
            for (std::size_t b = 0; b < n_before; ++b) {
                const Block block = came[b];
                if (block.is_face) came.push_back({first + part.rows.size(), false});
                const std::size_t n = block.is_face ? volumes_.edge : volumes_.corner;
                for (std::size_t i = 0; i < n; ++i) part.rows.push_back(std::uint32_t(block.first + i));
            }
            first += part.rows.size();
            staged_.push_back(std::move(part));
        }
    }
}

void HaloShapes::exchange(std::vector<Part>& parts, std::size_t first_part, std::size_t n_parts) {
    outgoing_.clear();
    incoming_.clear();
    sent_.resize(parts.size());
    for (std::size_t p = first_part; p < first_part + n_parts; ++p) {
        const Part& part = parts[p];
        std::vector<Row>& sent = sent_[p];
        sent.resize(part.rows.size());
        for (std::size_t k = 0; k < sent.size(); ++k) sent[k] = rows_[part.rows[k]];
        if (part.to != ranks_.rank()) outgoing_.push_back({part.to, std::as_bytes(std::span(sent))});
        if (part.from != ranks_.rank())
            incoming_.push_back({part.from, std::as_writable_bytes(std::span(rows_).subspan(part.first, sent.size()))});
    }
    ranks_.start(outgoing_, incoming_);
    for (std::size_t p = first_part; p < first_part + n_parts; ++p)
        if (is_self(parts[p]))
            std::copy(sent_[p].begin(), sent_[p].end(), rows_.begin() + std::ptrdiff_t(parts[p].first));
    ranks_.finish();
}

void HaloShapes::direct() { exchange(direct_, 0, direct_.size()); }

void HaloShapes::staged() {
    for (std::size_t k = 0; k < 3; ++k) exchange(staged_, 2 * k, 2);
}

int HaloShapes::n_staged_messages() const {
    return static_cast<int>(std::count_if(staged_.begin(), staged_.end(), [&](const Part& p) { return !is_self(p); }));
}

std::string HaloShapes::take_fault() {
    std::map<int, std::size_t> expected, found;
    for (const auto& step : all_steps()) expected[neighbor(step)] += volume(step);
    for (std::size_t i = volumes_.own; i < rows_.size(); ++i) {
        ++found[int(rows_[i].x)];
        rows_[i] = {-1, 0, 0};
    }
    if (found == expected) return "";
    std::string out = concat("rank ", ranks_.rank(), " should have ghosts");
    for (const auto& [rank, n] : expected) out += concat(" of rank ", rank, ": ", n, ",");
    out += " and has";
    for (const auto& [rank, n] : found) out += concat(" of rank ", rank, ": ", n, ",");
    return out;
}

}  // namespace dpmd::bench
