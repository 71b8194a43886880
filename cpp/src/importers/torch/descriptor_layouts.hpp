#pragma once
// How DeePMD-kit's PyTorch backends hold the descriptors that dpmd runs.
#include <cstdint>
#include <string_view>
#include <vector>

namespace dpmd::importers {

/// The parts that a descriptor has beside those of all.
enum class DescriptorParts {
    typed_networks,  ///< embedding nets by types
    attention,       ///< one net for all types, a type embedding, and attention
    three_body,      ///< one net for all pairs of neighbours, and a type embedding
};

/// A setting, with the value that holds where a checkpoint gives none.
struct DescriptorSetting {
    std::string_view name;
    std::int64_t otherwise;
};

struct DescriptorLayout {
    std::string_view name;        ///< of the descriptor in dpmd
    std::string_view class_name;  ///< of its module
    std::string_view block;       ///< the module inside that holds its parts; empty: itself
    DescriptorParts parts;
    std::vector<DescriptorSetting> settings = {};  ///< beside those that all descriptors share
    bool takes_edges = false;  ///< whether programs that compute it may take edges in place of padded lists
};

/// The layout by the name of the class; null for other descriptors.
const DescriptorLayout* layout_of_class(std::string_view class_name);
/// The layout by any of DeePMD-kit's names of the descriptor. Throws InputError for other descriptors.
const DescriptorLayout& layout_of(std::string_view name);

}  // namespace dpmd::importers
