#pragma once
// A halo of one brick among 26 others, exchanged in two ways: directly with every rank that needs it, and in six swaps
// along three directions that forward earlier rows. Both move the same rows.
#include <array>
#include <cstdint>
#include <vector>

#include "dpmd/communicator.hpp"

namespace dpmd::bench {

struct Row {
    double x, y, z;
};

/// The rows that cross a face, an edge and a corner of a brick.
struct HaloVolumes {
    std::size_t own = 0, face = 0, edge = 0, corner = 0;

    /// For cubic bricks of `n_atoms` atoms at a density (1/Å^3), with ghosts within `reach` Å of them, which is at most
    /// an edge.
    static HaloVolumes of_cube(double n_atoms, double density, double reach);
    std::size_t ghosts() const { return 6 * face + 12 * edge + 8 * corner; }
};

class HaloShapes {
public:
    /// Ranks on a grid that is as cubic as their number allows, periodic. Rows for the rank itself are copied.
    HaloShapes(Communicator& ranks, const HaloVolumes& volumes);

    /// Collective. Afterwards the ghosts are those of the neighbours.
    void direct();
    void staged();
    /// Checks that the ghosts come from the right ranks, and forgets them. Empty, or what is wrong.
    std::string take_fault();

    int n_direct_messages() const { return static_cast<int>(direct_peers_.size()); }
    int n_staged_messages() const;

private:
    struct Part {  ///< rows of one direct message, or of a swap
        int to = 0, from = 0;
        std::vector<std::uint32_t> rows;  ///< rows that are sent
        std::size_t first = 0;            ///< first ghost
    };
    int neighbor(const std::array<int, 3>& step) const;
    std::size_t volume(const std::array<int, 3>& step) const;
    void plan_direct();
    void plan_staged();
    void exchange(std::vector<Part>& parts, std::size_t first_part, std::size_t n_parts);
    bool is_self(const Part& part) const { return part.to == ranks_.rank(); }

    Communicator& ranks_;
    HaloVolumes volumes_;
    std::array<int, 3> grid_{};
    std::vector<Row> rows_;  ///< own, then ghosts
    std::vector<int> direct_peers_;
    std::vector<Part> direct_, staged_;
    std::vector<std::vector<Row>> sent_;
    std::vector<OutgoingMessage> outgoing_;
    std::vector<IncomingMessage> incoming_;
};

}  // namespace dpmd::bench
