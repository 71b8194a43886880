#pragma once
// The descriptors of a model, from DeePMD-kit's model dictionary. Each kind has a reader in a file named after it.
#include <string>
#include <string_view>
#include <vector>

#include "importers/dpmodel/section.hpp"
#include "models/local/descriptors.hpp"

namespace dpmd::importers {

/// What programs of a model take: padded lists of neighbours, or edges. Some descriptors are two functions of the same
/// weights.
enum class LowerInput { nlist, graph };

SeA read_se_a(const Section& section);
SeR read_se_r(const Section& section);
SeT read_se_t(const Section& section);
SeTTebd read_se_t_tebd(const Section& section);
SeAtten read_se_atten(const Section& section, LowerInput lower_input);

/// The parts of a hybrid in the order of their features; any other descriptor is a hybrid of one.
std::vector<Section> descriptor_parts(const Section& section);

/// The descriptors of a model, several in a hybrid, all for the same number of types. `lower_input` is DeePMD-kit's
/// lower_input_kind: "nlist", "graph" or "dpa1_canonical".
std::vector<Descriptor> read_descriptors(const Section& section, std::string_view lower_input);

}  // namespace dpmd::importers
