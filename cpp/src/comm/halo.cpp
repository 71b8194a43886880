#include "comm/halo.hpp"

#include <utility>

#include "comm/together.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/packed_key.hpp"

namespace dpmd {
namespace {

/// Data that do not change while the list is valid.
struct GhostRecord {
    std::int64_t id;
    std::int32_t type;
    std::int32_t image[3];
};

template <class T>
std::vector<T> copy_out(Memory& memory, const T* from, std::size_t n) {
    std::vector<T> out(n);
    memory.copy_out(out.data(), from, n * sizeof(T));
    return out;
}

template <class T>
std::byte* bytes_of(T* pointer) {
    return reinterpret_cast<std::byte*>(pointer);
}

}  // namespace

Halo::Halo(std::shared_ptr<Backend> backend, std::shared_ptr<Communicator> ranks)
    : backend_(std::move(backend)),
      ranks_(std::move(ranks)),
      local_(backend_->memory()),
      sent_owner_(backend_->memory()),
      sent_images_(backend_->memory()),
      sent_positions_(backend_->memory()),
      returned_(backend_->memory()),
      host_ours_(backend_->memory().staging()),
      host_theirs_(backend_->memory().staging()) {}

void Halo::build(const Decomposition& decomposition, const PeriodicCell& cell, const double* positions,
                 std::int32_t n_owned, double reach) {
    n_owned_ = n_owned;
    if (ranks_->size() == 1) return local_.build(*backend_, cell, positions, n_owned, reach);
    together(*ranks_, [&] { select(decomposition, cell, positions, reach); });

    const auto n_ranks = std::size_t(ranks_->size());
    std::vector<std::int64_t> to_each(n_ranks, 0), from_each(n_ranks, 0);
    for (const Peer& peer : peers_) to_each[std::size_t(peer.rank)] = static_cast<std::int64_t>(peer.n_sent);
    ranks_->all_to_all(to_each, from_each);
    std::vector<Peer> peers;
    std::size_t n_sent = 0, n_received = 0;
    for (std::size_t r = 0; r < n_ranks; ++r) {
        if (to_each[r] == 0 && from_each[r] == 0) continue;
        peers.push_back({static_cast<int>(r), n_sent, std::size_t(to_each[r]), n_received, std::size_t(from_each[r])});
        n_sent += std::size_t(to_each[r]);
        n_received += std::size_t(from_each[r]);
    }
    peers_ = std::move(peers);
    together(*ranks_, [&] {
        if (n_received + local_.size() + std::size_t(n_owned) >= std::size_t(key_max_atoms))
            throw InputError(concat("rank ", ranks_->rank(), " has ", n_owned, " atoms and ",
                                    n_received + local_.size(), " ghosts; the neighbour keys count up to ",
                                    key_max_atoms, " on one rank: use more ranks"));
        sent_positions_.resize_with_slack(3 * n_sent);
    });
    n_remote_ = static_cast<std::int32_t>(n_received);
}

/// Selects the copies that this rank keeps and those that it sends, by rank.
void Halo::select(const Decomposition& decomposition, const PeriodicCell& cell, const double* positions, double reach) {
    const std::vector<double> x = copy_out(backend_->memory(), positions, 3 * std::size_t(n_owned_));
    const std::vector<Vector3> fractional = fractions_of(x, cell);
    std::vector<std::int32_t> owner[2], images[2];  // local, sent
    peers_.clear();
    for (const WantedCopy& copy : wanted_copies(decomposition, ranks_->rank(), cell, reach)) {
        const bool is_sent = copy.rank != ranks_->rank();
        const std::size_t before = owner[is_sent].size();
        for (std::int32_t i = 0; i < n_owned_; ++i) {
            if (!copy.holds(fractional[std::size_t(i)])) continue;
            owner[is_sent].push_back(i);
            images[is_sent].insert(images[is_sent].end(), copy.image.begin(), copy.image.end());
        }
        const std::size_t found = owner[is_sent].size() - before;
        if (!is_sent || found == 0) continue;
        if (peers_.empty() || peers_.back().rank != copy.rank) peers_.push_back({copy.rank, before, 0, 0, 0});
        peers_.back().n_sent += found;
    }
    local_.owner.copy_in(owner[0]);
    local_.images.copy_in(images[0]);
    sent_owner_.copy_in(owner[1]);
    sent_images_.copy_in(images[1]);
}

void Halo::fetch(std::int32_t* types, std::int64_t* ids, std::int32_t* images) {
    if (ranks_->size() == 1) return;
    Memory& memory = backend_->memory();
    std::vector<GhostRecord> sent, received;
    received.resize(std::size_t(n_remote_));
    together(*ranks_, [&] {
        const auto own_types = copy_out(memory, types, std::size_t(n_owned_));
        const auto own_ids = copy_out(memory, ids, std::size_t(n_owned_));
        const auto owner = sent_owner_.on_host(), image = sent_images_.on_host();
        for (std::size_t k = 0; k < owner.size(); ++k) {
            const auto i = std::size_t(owner[k]);
            sent.push_back({own_ids[i], own_types[i], {image[3 * k], image[3 * k + 1], image[3 * k + 2]}});
        }
    });
    std::vector<OutgoingMessage> outgoing;
    std::vector<IncomingMessage> incoming;
    for (const Peer& peer : peers_) {
        if (peer.n_sent > 0)
            outgoing.push_back({peer.rank, std::as_bytes(std::span(sent).subspan(peer.first_sent, peer.n_sent))});
        if (peer.n_received > 0)
            incoming.push_back(
                {peer.rank, std::as_writable_bytes(std::span(received).subspan(peer.first_received, peer.n_received))});
    }
    ranks_->start(outgoing, incoming);
    ranks_->finish();
    std::vector<std::int32_t> remote_types, remote_images;
    std::vector<std::int64_t> remote_ids;
    for (const GhostRecord& ghost : received) {
        remote_types.push_back(ghost.type);
        remote_ids.push_back(ghost.id);
        remote_images.insert(remote_images.end(), ghost.image, ghost.image + 3);
    }
    const std::size_t first = std::size_t(n_owned_) + local_.size();
    memory.copy_in(types + first, remote_types.data(), remote_types.size() * sizeof(std::int32_t));
    memory.copy_in(ids + first, remote_ids.data(), remote_ids.size() * sizeof(std::int64_t));
    memory.copy_in(images + 3 * first, remote_images.data(), remote_images.size() * sizeof(std::int32_t));
}

bool Halo::passes_through_host() const { return !backend_->memory().is_host() && !ranks_->takes_device_memory(); }

void Halo::start_messages(Direction direction, std::byte* ours, std::byte* theirs, std::size_t row_bytes) {
    const bool forward = direction == Direction::forward;
    if (passes_through_host()) {
        host_ours_.resize_with_slack(sent_owner_.size() * row_bytes);
        host_theirs_.resize_with_slack(std::size_t(n_remote_) * row_bytes);
        if (forward) backend_->memory().copy_out(host_ours_.data(), ours, host_ours_.size());
        else backend_->memory().copy_out(host_theirs_.data(), theirs, host_theirs_.size());
        ours = host_ours_.data();
        theirs = host_theirs_.data();
    } else {
        backend_->wait();
    }
    std::vector<OutgoingMessage> outgoing;
    std::vector<IncomingMessage> incoming;
    for (const Peer& peer : peers_) {
        const std::span<std::byte> here{ours + peer.first_sent * row_bytes, peer.n_sent * row_bytes};
        const std::span<std::byte> there{theirs + peer.first_received * row_bytes, peer.n_received * row_bytes};
        const std::span<std::byte>&out = forward ? here : there, &in = forward ? there : here;
        if (!out.empty()) outgoing.push_back({peer.rank, out});
        if (!in.empty()) incoming.push_back({peer.rank, in});
    }
    ranks_->start(outgoing, incoming);
}

void Halo::finish_messages(Direction direction, std::byte* ours, std::byte* theirs) {
    ranks_->finish();
    if (!passes_through_host()) return;
    if (direction == Direction::forward) backend_->memory().copy_in(theirs, host_theirs_.data(), host_theirs_.size());
    else backend_->memory().copy_in(ours, host_ours_.data(), host_ours_.size());
}

void Halo::start_forward(const Matrix3* cell, double* positions) {
    double* ghosts = positions + 3 * std::size_t(n_owned_);
    backend_->forward_ghosts({n_local(), local_.owner.data(), local_.images.data(), cell, positions, ghosts});
    if (peers_.empty()) return;
    backend_->forward_ghosts({static_cast<std::int32_t>(n_sent()), sent_owner_.data(), sent_images_.data(), cell,
                              positions, sent_positions_.data()});
    start_messages(Direction::forward, bytes_of(sent_positions_.data()), bytes_of(ghosts + 3 * local_.size()),
                   3 * sizeof(double));
}

void Halo::finish_forward(double* positions) {
    if (peers_.empty()) return;
    finish_messages(Direction::forward, bytes_of(sent_positions_.data()),
                    bytes_of(positions + 3 * (std::size_t(n_owned_) + local_.size())));
}

void Halo::reverse(int width, std::int64_t* values) {
    std::int64_t* ghosts = values + std::size_t(width) * std::size_t(n_owned_);
    if (!peers_.empty()) {
        const std::size_t row = std::size_t(width) * sizeof(std::int64_t);
        returned_.resize_with_slack(sent_owner_.size() * std::size_t(width));
        std::byte *ours = bytes_of(returned_.data()), *theirs = bytes_of(ghosts + std::size_t(width) * local_.size());
        start_messages(Direction::reverse, ours, theirs, row);
        backend_->reverse_ghosts({n_local(), n_owned_, local_.owner.data(), width, ghosts, values});
        finish_messages(Direction::reverse, ours, theirs);
        backend_->reverse_ghosts(
            {static_cast<std::int32_t>(n_sent()), n_owned_, sent_owner_.data(), width, returned_.data(), values});
    } else {
        backend_->reverse_ghosts({n_local(), n_owned_, local_.owner.data(), width, ghosts, values});
    }
}

std::size_t Halo::bytes() const {
    return local_.owner.bytes() + local_.images.bytes() + sent_owner_.bytes() + sent_images_.bytes() +
           sent_positions_.bytes() + returned_.bytes() + host_ours_.bytes() + host_theirs_.bytes();
}

}  // namespace dpmd
