#pragma once
// The terms of a frozen TensorFlow graph: one model, one joined to a pair table, or a weighted sum of models.
#include <string>

#include "importers/tensorflow/graph.hpp"
#include "importers/value.hpp"
#include "models/local/local_model.hpp"

namespace dpmd::importers {

struct GraphTerms {
    LocalModel model;
    int n_types = 0;
    std::string precision;  ///< of the nets
};

/// `model` is the section of the training script, null where there is none.
GraphTerms read_terms(const Graph& graph, const Value& model);

}  // namespace dpmd::importers
