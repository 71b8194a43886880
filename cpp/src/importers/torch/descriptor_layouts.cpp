#include "importers/torch/descriptor_layouts.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "importers/kind.hpp"

namespace dpmd::importers {
namespace {

const std::vector<DescriptorLayout>& layouts() {
    static const std::vector<DescriptorLayout> all{
        {"se_e2_a", "DescrptSeA", "sea", DescriptorParts::typed_networks, {{"axis_neuron", 4}}},
        {"se_e2_r", "DescrptSeR", "", DescriptorParts::typed_networks},
        {"se_e3", "DescrptSeT", "seat", DescriptorParts::typed_networks},
        {"se_atten", "DescrptDPA1", "se_atten", DescriptorParts::attention, {}, true},
        {"se_atten_v2", "DescrptSeAttenV2", "se_atten", DescriptorParts::attention, {}, true},
        {"se_e3_tebd", "DescrptSeTTebd", "se_ttebd", DescriptorParts::three_body},
    };
    return all;
}

}  // namespace

const DescriptorLayout* layout_of_class(std::string_view class_name) {
    const auto found = std::find_if(layouts().begin(), layouts().end(),
                                    [&](const DescriptorLayout& one) { return one.class_name == class_name; });
    return found != layouts().end() ? &*found : nullptr;
}

const DescriptorLayout& layout_of(std::string_view name) {
    const std::string wanted = descriptor_name(name);
    for (const DescriptorLayout& one : layouts())
        if (one.name == wanted) return one;
    throw refusal("descriptor", concat("the descriptor ", name));
}

}  // namespace dpmd::importers
