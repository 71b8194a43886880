#pragma once
// A random model after compression.
#include <gtest/gtest.h>

#include <memory>

#include "engine/choose_compression.hpp"

namespace dpmd::testing {

struct Compressed {
    std::shared_ptr<const CompressedTerm> term;  ///< null when the report has a refusal
    CompressionReport report;
};

inline Compressed compress(const ModelData& model, double tolerance = 1e-7, Compression form = Compression::moment,
                           int n_threads = 1) {
    const ChosenForm chosen = choose_compression(std::make_shared<const ModelData>(model), form, tolerance, n_threads);
    return {chosen.model->local().terms.front().compressed, chosen.report};
}

/// The same where nothing may be in the way.
inline std::shared_ptr<const CompressedTerm> compressed_term(const ModelData& model, double tolerance = 1e-7) {
    const Compressed out = compress(model, tolerance);
    EXPECT_EQ(out.report.refusal, "");
    return out.term;
}

/// The form of the first descriptor.
inline const MomentForm& moment_form(const std::shared_ptr<const CompressedTerm>& term) {
    return std::get<MomentForm>(term->descriptors.front());
}

}  // namespace dpmd::testing
