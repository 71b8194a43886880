#include "md/model_identity.hpp"

#include <cmath>

#include "core/text.hpp"
#include "io/json.hpp"

namespace dpmd::md {
namespace {

/// In eV per atom. Instruction sets differ by 1e-13 in double and by rounding in lower precisions; models differ by far
/// more.
double energy_tolerance(const std::string& precision) {
    return precision == "double" ? 1e-7 : precision == "mix32" ? 1e-5 : 1e-3;
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) out += concat(out.empty() ? "" : " ", name);
    return out;
}

}  // namespace

std::string model_source(const ModelInfo& model, const char* key) {
    const Json document = Json::parse(model.metadata, "model metadata");
    const Json& source = document.get("source");
    if (!source.is_object() || source.get(key).is_null()) return "";
    return source.at(key).as_string();
}

std::string model_form(const Potential& potential) {
    const CompressionInfo& compression = potential.compression();
    std::string form = concat(potential.model().options().precision, ", ");
    if (!compression.active) return form + "exact nets";
    form += concat(potential.model().options().compress, " form of");
    for (const int n_basis : compression.n_basis) form += concat(" ", n_basis);  // may depend on the CPU
    return concat(form, " functions to ", compression.tolerance, " eV/Å");
}

void check_same_model(const Checkpoint& c, const Potential& potential, const std::string& path) {
    const ModelInfo& model = potential.info();
    if (c.type_map != model.type_map)
        throw InputError(concat(path, ": was written with the type map '", joined(c.type_map), "', but the model has '",
                                joined(model.type_map), "'"));
    const std::string sha256 = model_source(model, "sha256");
    if (!c.model_sha256.empty() && !sha256.empty() && c.model_sha256 != sha256)
        throw InputError(concat(path, ": was written with another model: ", c.model_file, " (sha256 ",
                                c.model_sha256.substr(0, 12), "…), not ", model_source(model, "file"), " (sha256 ",
                                sha256.substr(0, 12), "…)"));
    const std::string form = model_form(potential);
    if (c.model_form != form)
        throw InputError(concat(path, ": was written with the model in the form '", c.model_form, "', not '", form,
                                "'; give the same precision, compress and tolerance, or start a new simulation from "
                                "the atoms"));
}

void check_same_energy(const Checkpoint& c, const Potential& potential, double energy, const std::string& path) {
    const double allowed = energy_tolerance(potential.model().options().precision);
    if (!(std::fabs(energy - c.energy) <= allowed * static_cast<double>(c.types.size())))
        throw InputError(concat(path, ": the energy of its atoms was ", c.energy, " eV, but is ", energy,
                                " eV with this model; it was written with another model"));
}

}  // namespace dpmd::md
