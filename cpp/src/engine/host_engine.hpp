#pragma once
// Models evaluated on the atoms, ghosts and neighbour lists of a host code: here nothing is wrapped, sorted into cells
// or copied to images, and ghosts get forces, too. Models share the list.
#include <cstdint>
#include <memory>
#include <span>

#include "backend/backend.hpp"
#include "core/array.hpp"
#include "engine/model_set.hpp"
#include "neighbor/host_lists.hpp"

namespace dpmd {

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
    /// Adds a model. Throws InputError unless it has the types and parameters of the models before it.
    void add_model(const RunnableModel& model) { models_.add(model); }
    /// From now on neighbours beyond `sel` are no error: the nearest are kept. The neighbour lists stay.
    void keep_nearest() { models_.keep_nearest(); }

    Backend& backend() const { return *backend_; }
    std::size_t n_models() const { return models_.size(); }
    std::int32_t n_owned() const { return lists_.n_owned(); }
    std::int32_t n_total() const { return lists_.n_total(); }

    /// Orders the neighbours as the models need them. The result holds until atoms, ghosts or lists change. Throws
    /// InputError, which names the atom whose list, type or position is wrong; the previous list is lost then.
    void set_neighbors(const HostNeighbors& neighbors);
    /// Evaluates the first models, as many as there are results. Throws InputError without neighbours, or as
    /// ForceEngine::compute does; indices are the host's, and nothing has been written then.
    void compute(const HostCall& call, std::span<const HostResult> results);

    /// The packed weights, bytes; the models themselves are shared with others.
    std::size_t model_bytes() const { return models_.model_bytes(); }

private:
    Neighborhood neighborhood() const;
    void require_sound(std::size_t model) const;
    void put_result(std::size_t model, const HostResult& to);

    std::shared_ptr<Backend> backend_;
    ModelSet models_;
    HostLists lists_;
    Array<double> positions_, aparam_;
};

}  // namespace dpmd
