#pragma once
// A trained model as plain host data: the contents of a .dpmd file (docs/model-format.md), from which a backend
// prepares its own form. It never changes once it has been read; compression makes a new one from it.
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/local/local_model.hpp"

namespace dpmd {

struct ModelData {
    std::vector<std::string> type_map;
    std::string precision;  ///< of the source; information only
    std::variant<LocalModel> kind;
    std::optional<double> min_neighbor_distance;  ///< Å
    std::string metadata;                         ///< the JSON document as it is in the file

    int n_types() const { return static_cast<int>(type_map.size()); }
    /// The model without message passing. Throws InternalError for another kind.
    const LocalModel& local() const { return std::get<LocalModel>(kind); }
};

/// The properties of a model that callers need to run it.
struct ModelTraits {
    double cutoff = 0;  ///< Å
    /// [n_types] slots by neighbour type, the most of all descriptors; one number when types share slots in one of
    /// them; empty when none of them has slots.
    std::vector<int> sel;
    int n_slots = 0;  ///< of all types, the most of all descriptors; without slots the N of 1/N
    int n_fparam = 0, n_aparam = 0;
    const std::vector<double>* default_fparam = nullptr;  ///< null: there is none
};

ModelTraits traits_of(const ModelData& model);

}  // namespace dpmd
