#pragma once
// The energy fitting nets of DeePMD-kit's model dictionary.
#include <string>
#include <vector>

#include "importers/dpmodel/section.hpp"
#include "models/local/fitting.hpp"

namespace dpmd::importers {

struct ReadFitting {
    Fitting fitting;
    std::string precision;  ///< of its nets in the source
};

/// `excluded_atoms` are the types that the model leaves out.
ReadFitting read_fitting(const Section& section, int n_types, const std::vector<int>& excluded_atoms);

}  // namespace dpmd::importers
