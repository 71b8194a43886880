#pragma once
// A trained model as plain host data: what a .dpmd file holds (docs/model-format.md) and what a backend prepares from.
// It is never changed once it has been read; compression makes another one of it.
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
    std::string metadata;                         ///< the JSON document as it stands in the file

    int n_types() const { return static_cast<int>(type_map.size()); }
    /// The model without message passing. InternalError for another kind.
    const LocalModel& local() const { return std::get<LocalModel>(kind); }
};

/// What a model says about itself to whoever runs it.
struct ModelTraits {
    double cutoff = 0;     ///< Å
    std::vector<int> sel;  ///< [n_types] slots by neighbour type
    int n_fparam = 0, n_aparam = 0;
    const std::vector<double>* default_fparam = nullptr;  ///< null: there is none
};

ModelTraits traits_of(const ModelData& model);

}  // namespace dpmd
