#pragma once
// What descriptors with a type embedding have in common in TorchScript models.
#include "importers/torch/descriptor_layouts.hpp"
#include "importers/torch/module.hpp"

namespace dpmd::importers {

/// What the module of any such descriptor holds, with the `block` inside that has its networks. The array `gain`, which
/// may be null, is one of its variables too.
Mapping typed_section(const TorchModule& module, const TorchModule& block, Value gain = {});
/// What the networks were compressed to.
Mapping tables_section(const TorchModule& block, bool has_table);

/// The section of a three-body descriptor.
Value three_body_descriptor(const TorchModule& module, const DescriptorLayout& layout);

}  // namespace dpmd::importers
