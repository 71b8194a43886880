#pragma once
// From a model to its moment form, for a given accuracy of the basis and of the tables.
#include <string>
#include <vector>

#include "models/local/compress/radial_table.hpp"
#include "models/local/compress/reduced_basis.hpp"
#include "models/local/moment_form.hpp"
#include "models/model_data.hpp"

namespace dpmd::compress {

class Compressor {
public:
    /// Samples the nets of a model that is not refused; `nearest` (Å) is where the tables begin. Each centre type is
    /// the work of one of `n_threads` threads.
    Compressor(const ModelData& model, double nearest, int n_threads);

    /// Why the model has no moment form; empty: it has one. What finding it costs is bounded by the model's size.
    static std::string refusal(const ModelData& model);
    /// Why a form for this `error` is too large for a model of this size; empty: it is not.
    std::string refusal_of_tables(double error, bool whole_basis) const;

    /// A moment form whose bases and tables leave out at most `error` of s dG/dr each, if the limits below allow.
    CompressedTerm compress(double error) const;
    /// The same with whole bases, K = M: tables only.
    CompressedTerm tabulate(double error) const;

    /// Largest deviation of any channel of any net from V B, over the whole range of the tables.
    struct NetError {
        double value = 0, slope = 0;  ///< slope: of dG/dr, 1/Å
    };
    NetError deviation(const CompressedTerm& form) const;

private:
    CompressedTerm build(double error, bool whole_basis) const;

    const LocalModel& model_;
    const NetTerm& term_;
    int n_threads_;
    TableSource source(std::size_t center, std::size_t type) const;

    std::vector<std::vector<Section>> sections_;    ///< [center][type], network null: nothing passes through
    std::vector<std::vector<KnotSpread>> spreads_;  ///< [center][type]
    std::vector<ReducedBasis> bases_;               ///< [center]
};

}  // namespace dpmd::compress
