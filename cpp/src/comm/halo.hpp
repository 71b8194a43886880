#pragma once
// The ghosts of a rank: copies of its own atoms, and of other ranks'. Positions go out to them, what they hold comes
// back to their owners, each way the exact adjoint of the other. Every rank writes to all that need its atoms at once:
// a position is its owner's wrapped one plus one shift, so its bits do not depend on the way it took.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "backend/backend.hpp"
#include "comm/decomposition.hpp"
#include "comm/periodic_images.hpp"
#include "core/array.hpp"

namespace dpmd {

/// What a halo moves per step.
struct HaloCounts {
    std::int64_t n_local = 0, n_remote = 0,
                 n_sent = 0;  ///< ghosts of own atoms, of others'; atoms sent, each copy counted
    int n_peers = 0;
};

class Halo {
public:
    Halo(std::shared_ptr<Backend> backend, std::shared_ptr<Communicator> ranks);

    /// Finds who needs which of these atoms: [n_owned][3] wrapped positions in list order. Collective.
    void build(const Decomposition& decomposition, const PeriodicCell& cell, const double* positions,
               std::int32_t n_owned, double reach);
    /// Types, ids and images of the ghosts of others to [n_total] arrays that hold the owned and local ones already.
    void fetch(std::int32_t* types, std::int64_t* ids, std::int32_t* images);

    /// Ghosts of own atoms come first, then those of other ranks.
    const PeriodicImages& local() const { return local_; }
    std::int32_t n_local() const { return static_cast<std::int32_t>(local_.size()); }
    std::int32_t n_ghosts() const { return n_local() + n_remote_; }
    HaloCounts counts() const { return {n_local(), n_remote_, n_sent(), static_cast<int>(peers_.size())}; }

    /// Positions [n_total][3] of the ghosts; between start and finish only local ghosts are there.
    void start_forward(const Matrix3* cell, double* positions);
    void finish_forward(double* positions);
    /// Values [n_total][width] of the ghosts are added to their owners'.
    void reverse(int width, std::int64_t* values);

    std::size_t bytes() const;

private:
    /// Another rank, and the rows that go there and come from there.
    struct Peer {
        int rank;
        std::size_t first_sent, n_sent, first_received, n_received;
    };
    enum class Direction { forward, reverse };

    std::int64_t n_sent() const { return static_cast<std::int64_t>(sent_owner_.size()); }
    bool passes_through_host() const;
    void select(const Decomposition& decomposition, const PeriodicCell& cell, const double* positions, double reach);
    /// `ours`: rows by peer, that others' ghosts are made from; `theirs`: rows of ghosts here.
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
