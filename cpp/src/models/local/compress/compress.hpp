#pragma once
// From a term to its compressed form, for a given accuracy of the bases and of the tables.
#include <memory>
#include <string>
#include <vector>

#include "models/local/compress/descriptor_forms.hpp"
#include "models/model_data.hpp"

namespace dpmd::compress {

/// The compressed forms of the terms of a model, [n_terms].
using CompressedTerms = std::vector<CompressedTerm>;

class Compressor {
public:
    /// Samples the nets of a model that is not refused; `nearest` (Å) is where the tables begin.
    Compressor(const ModelData& model, double nearest, int n_threads);

    /// Why the model has no compressed form with tables from `nearest` on; empty: it has one. What finding it costs is
    /// bounded by the model's size.
    static std::string refusal(const ModelData& model, double nearest);
    /// Why a form of this accuracy is too large for a model of this size; empty: it is not.
    std::string refusal_of_tables(const Accuracy& accuracy) const;

    CompressedTerms compress(const Accuracy& accuracy) const;
    NetError deviation(const CompressedTerms& terms) const;

private:
    CompressedTerm compress_term(std::size_t term, const Accuracy& accuracy) const;

    const LocalModel& model_;
    int n_types_, n_threads_;
    std::vector<std::vector<std::unique_ptr<DescriptorForms>>> forms_;  ///< [term][descriptor]
};

}  // namespace dpmd::compress
