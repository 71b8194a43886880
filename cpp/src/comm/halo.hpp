#pragma once
// The ghosts of a rank: copies of its own atoms and of other ranks' atoms. Positions go out to ghosts and their values
// come back to the owners, each the exact adjoint of the other. Every rank sends to all ranks that need its atoms at
// once: a position is the owner's wrapped one plus one shift, so its bits do not depend on its route.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "backend/backend.hpp"
#include "comm/decomposition.hpp"
#include "comm/periodic_images.hpp"
#include "core/array.hpp"

namespace dpmd {

/// The amount that a halo moves per step.
struct HaloCounts {
    std::int64_t n_local = 0, n_remote = 0,
                 n_sent = 0;  ///< ghosts of own and of other ranks' atoms; copies sent
    int n_peers = 0;
};

class Halo {
public:
    Halo(std::shared_ptr<Backend> backend, std::shared_ptr<Communicator> ranks);

    /// Finds which ranks need which of these atoms: [n_owned][3] wrapped positions in list order. Collective.
    void build(const Decomposition& decomposition, const PeriodicCell& cell, const double* positions,
               std::int32_t n_owned, double reach);
    /// Fetches types, ids and images of other ranks' ghosts into [n_total] arrays that already hold those of owned
    /// atoms and local ghosts.
    void fetch(std::int32_t* types, std::int64_t* ids, std::int32_t* images);

    /// Ghosts of own atoms come first, then those of other ranks.
    const PeriodicImages& local() const { return local_; }
    std::int32_t n_local() const { return static_cast<std::int32_t>(local_.size()); }
    std::int32_t n_ghosts() const { return n_local() + n_remote_; }
    HaloCounts counts() const { return {n_local(), n_remote_, n_sent(), static_cast<int>(peers_.size())}; }

    /// Writes the positions of ghosts into [n_total][3]; between start and finish only local ghosts are up to date.
    void start_forward(const Matrix3* cell, double* positions);
    void finish_forward(double* positions);
    /// Adds the values [n_total][width] of ghosts to those of their owners.
    void reverse(int width, std::int64_t* values);

    std::size_t bytes() const;

private:
    /// Another rank, and the rows sent to it and received from it.
    struct Peer {
        int rank;
        std::size_t first_sent, n_sent, first_received, n_received;
    };
    enum class Direction { forward, reverse };

    std::int64_t n_sent() const { return static_cast<std::int64_t>(sent_owner_.size()); }
    bool passes_through_host() const;
    void select(const Decomposition& decomposition, const PeriodicCell& cell, const double* positions, double reach);
    /// `ours`: rows by peer, for ghosts on other ranks; `theirs`: rows of ghosts here.
    void start_messages(Direction direction, std::byte* ours, std::byte* theirs, std::size_t row_bytes);
    void finish_messages(Direction direction, std::byte* ours, std::byte* theirs);

    std::shared_ptr<Backend> backend_;
    std::shared_ptr<Communicator> ranks_;
    PeriodicImages local_;
    std::int32_t n_owned_ = 0, n_remote_ = 0;
    std::vector<Peer> peers_;
    Array<std::int32_t> sent_owner_, sent_images_;  // [n_sent], [n_sent][3]
    Array<double> sent_positions_;                  // [n_sent][3]
    Array<std::int64_t> returned_;                  // [n_sent][width]
    Array<std::byte> host_ours_, host_theirs_;      // where messages pass through the host
};

}  // namespace dpmd
