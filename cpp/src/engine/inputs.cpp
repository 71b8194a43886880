#include "engine/inputs.hpp"

#include <string>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

std::string describe_inputs(const ModelData& model) {
    std::string types;
    for (const std::string& name : model.type_map) types += (types.empty() ? "" : " ") + name;
    const ModelTraits traits = traits_of(model);
    return concat("types ", types, ", ", traits.n_fparam, " frame and ", traits.n_aparam, " atomic parameters");
}

}  // namespace

OverflowPolicy overflow_policy(const std::string& name) {
    if (name == "error") return OverflowPolicy::error;
    if (name == "keep_nearest") return OverflowPolicy::keep_nearest;
    throw InputError(concat("overflow = '", name, "' is not one of: error, keep_nearest"));
}

void require_same_inputs(const ModelData& first, const ModelData& other) {
    const ModelTraits a = traits_of(first), b = traits_of(other);
    if (other.type_map == first.type_map && a.n_fparam == b.n_fparam && a.n_aparam == b.n_aparam) return;
    throw InputError(concat("a model with ", describe_inputs(other), " cannot be used together with one with ",
                            describe_inputs(first), "; both must be the same"));
}

}  // namespace dpmd
