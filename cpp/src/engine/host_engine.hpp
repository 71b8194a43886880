#pragma once
// Models evaluated on the atoms, ghosts and neighbour lists of a host code: nothing is wrapped, sorted along cells or
// copied to images here, and forces come back on ghosts, too. Models share the list.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "core/array.hpp"
#include "engine/model_set.hpp"

namespace dpmd {

/// Neighbours as host codes keep them, in host memory. Atoms 0 to n_owned - 1 are the host's own, ghosts follow.
struct HostNeighbors {
    std::int32_t n_owned = 0, n_ghosts = 0;
    const double* positions = nullptr;           ///< [n_owned + n_ghosts][3] Å when the list was made
    const std::int32_t* types = nullptr;         ///< [n_owned + n_ghosts], -1: of no concern to the models
    const std::int64_t* ids = nullptr;           ///< [n_owned + n_ghosts] order equal distances; null: the index
    std::int32_t n_lists = 0;                    ///< at most n_owned: atoms that have a list; others have no neighbours
    const std::int32_t* atoms = nullptr;         ///< [n_lists] whose lists these are; null: 0 to n_lists - 1
    const std::int32_t* counts = nullptr;        ///< [n_lists]
    const std::int32_t* const* lists = nullptr;  ///< [n_lists][counts]: atoms and ghosts within any distance
    std::int32_t index_mask = -1;                ///< of the entries of lists: some hosts keep flags in the high bits
    bool half = false;  ///< pairs of owned atoms stand in one of their lists only; ghosts in every list they belong to
};

/// One evaluation, in host memory.
struct HostCall {
    const double* positions = nullptr;  ///< [n_owned + n_ghosts][3] Å
    std::span<const double> fparam;     ///< [n_fparam], empty: the model's default
    std::span<const double> aparam;     ///< [n_owned][n_aparam]
};

/// Where a model's results go, in host memory; null: not wanted.
struct HostResult {
    double* energy = nullptr;         ///< eV
    double* virial = nullptr;         ///< [9] eV
    double* forces = nullptr;         ///< [n_owned + n_ghosts][3] eV/Å
    double* atom_energies = nullptr;  ///< [n_owned] eV
    double* atom_virials = nullptr;   ///< [n_owned + n_ghosts][9] eV
};

class HostListEngine {
public:
    explicit HostListEngine(std::shared_ptr<Backend> backend);
    /// One more model. InputError unless it has the types and parameters of those before.
    void add_model(const RunnableModel& model) { models_.add(model); }

    Backend& backend() const { return *backend_; }
    std::size_t n_models() const { return models_.size(); }
    const ModelData& model(std::size_t k) const { return models_.data(k); }
    std::int32_t n_owned() const { return n_owned_; }
    std::int32_t n_total() const { return n_total_; }

    /// Orders the neighbours as the models want them. Serves until atoms, ghosts or lists change. InputError naming the
    /// atom whose list, type or position is wrong; the list before is gone then.
    void set_neighbors(const HostNeighbors& neighbors);
    /// One evaluation by the first models, as many as there are results. InputError without neighbours, or as
    /// ForceEngine::compute; indices are the host's, and nothing has been written then.
    void compute(const HostCall& call, std::span<const HostResult> results);

    /// Lists, results and scratch, bytes.
    std::size_t bytes() const;
    /// The packed weights, bytes; the models that they are of are shared with others.
    std::size_t model_bytes() const { return models_.model_bytes(); }

private:
    void check(const HostNeighbors& neighbors) const;
    /// Lists of all owned atoms one behind the other, symmetric.
    void gather_lists(const HostNeighbors& neighbors);
    void sort_lists(const HostNeighbors& neighbors);
    Neighborhood neighborhood() const;
    void require_sound(std::size_t model) const;
    void put_result(std::size_t model, const HostResult& to);

    std::shared_ptr<Backend> backend_;
    ModelSet models_;
    std::int32_t n_owned_ = 0, n_total_ = 0, most_ = 0;
    bool has_neighbors_ = false;
    std::vector<std::int64_t> first_;  // [n_owned + 1]
    std::vector<std::int32_t> index_;  // [n_pairs]
    std::vector<std::int32_t> types_;  // [n_total]
    std::vector<std::int32_t> type_first_;
    Array<std::int64_t> device_first_;
    Array<std::int32_t> device_index_, device_types_, by_type_;
    Array<double> positions_, aparam_;
};

}  // namespace dpmd
