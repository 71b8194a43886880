#pragma once
// Models evaluated on the atoms, ghosts and neighbour lists of a host code: nothing is wrapped, sorted along cells or
// copied to images here, and forces come back on ghosts, too. Models share the list.
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "core/array.hpp"
#include "core/mirrored_array.hpp"
#include "engine/force_engine.hpp"
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
    /// One more model, of the same types and parameters as those before.
    void add_model(const RunnableModel& model);

    Backend& backend() const { return *backend_; }
    std::size_t n_models() const { return models_.size(); }
    const ModelData& model(std::size_t k) const { return *models_[k].data; }
    std::int32_t n_owned() const { return lists_.n_owned(); }
    std::int32_t n_total() const { return lists_.n_total(); }

    /// Orders the neighbours as the models want them. Serves until atoms, ghosts or lists change. InputError naming the
    /// atom whose list, type or position is wrong; the list before is gone then.
    void set_neighbors(const HostNeighbors& neighbors);
    /// Of the first models, as many as there are results, in one evaluation. InputError without neighbours, or as
    /// ForceEngine::compute; indices are the host's, and nothing has been written then.
    void compute(const HostCall& call, std::span<const HostResult> results);

private:
    struct Model {
        std::shared_ptr<const ModelData> data;
        ModelTraits traits;
        MirroredArray<double> energies;
        MirroredArray<std::int64_t> forces, virials;  // fixed point
        Array<EvaluateTotals> totals;
    };

    Neighborhood neighborhood() const;
    ModelCall model_call(Model& model, const HostCall& call, bool atom_virials);
    void put_result(const Model& model, const HostResult& to) const;
    [[noreturn]] void fail(const ModelData& data, const EvaluateStatus& status) const;

    std::shared_ptr<Backend> backend_;
    std::vector<Model> models_;
    std::unique_ptr<Evaluator> evaluator_;  // of the models, in their order
    std::vector<ModelCall> calls_;
    HostLists lists_;
    Array<double> positions_, aparam_;
};

}  // namespace dpmd
