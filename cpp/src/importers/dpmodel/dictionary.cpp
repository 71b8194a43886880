#include "importers/dpmodel/dictionary.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/dpmodel/array.hpp"
#include "importers/dpmodel/terms.hpp"
#include "importers/json_text.hpp"
#include "importers/kind.hpp"
#include "importers/number_text.hpp"

namespace dpmd::importers {
namespace {

constexpr const char* unused_spread =
    "the spread of the training energies, out_std, does not scale energies, as in DeePMD-kit; in a .pb file that "
    "DeePMD-kit makes of this model it does";

/// What the dictionary holds and DeePMD-kit does not use when it evaluates the model.
std::vector<std::string> notes_on(const Section& model) {
    const auto spread = model.has("@variables") ? model.section("@variables").array("out_std") : nullptr;
    const auto scales = [](double value) { return value != 1.0; };
    if (spread && std::any_of(spread->values.begin(), spread->values.end(), scales)) return {unused_spread};
    std::vector<std::string> out;
    if (model.has("models"))
        for (const std::optional<Section>& member : model.sections("models"))
            if (member)
                for (std::string& note : notes_on(*member)) out.push_back(std::move(note));
    return each_once(std::move(out));
}

/// The least distance where it is a usable number, which may be stored as text.
std::optional<double> usable(const Value& distance) {
    if (const auto* real = distance.as<double>()) return positive_or_none(*real);
    if (const auto* whole = distance.as<std::int64_t>()) return positive_or_none(double(*whole));
    if (const auto* text = distance.as<std::string>()) return positive_or_none(number_of_text(*text).value_or(0));
    return std::nullopt;
}

/// The least distance in a document, which may be stored as an array.
Value distance_in(const Section& root) {
    if (!root.has("@variables")) return {};
    const Value& distance = root.section("@variables").find("min_nbor_dist");
    if (distance.is_null() || usable(distance)) return distance;
    if (!distance.is_mapping() && !distance.is_list() && !distance.as<std::shared_ptr<const Tensor>>()) return {};
    const auto values = as_array(distance, "min_nbor_dist", root.budget());
    return values->size() == 1 ? Value(values->values.front()) : Value();
}

LocalModel local_model(Terms& terms) {
    LocalModel out;
    for (Term& term : terms.terms)
        if (auto* net = std::get_if<NetTerm>(&term)) out.terms.push_back(std::move(*net));
        else out.pair_terms.push_back(std::move(std::get<PairTable>(term)));
    out.bridge = terms.bridge;
    return out;
}

}  // namespace

ImportedModel read_dictionary(const Section& model, Source source, const Value& distance, const Value& script,
                              std::string_view lower_input) {
    Terms terms = read_terms(model, lower_input);
    ImportedModel out;
    out.data.kind = local_model(terms);
    out.data.type_map = std::move(terms.type_map);
    out.data.precision = std::move(terms.precision);
    out.data.min_neighbor_distance = usable(distance);
    out.source = std::move(source);
    out.training_script = json_text(script);
    out.notes = notes_on(model);
    return out;
}

ImportedModel read_document(const Section& root, Source source, std::string_view lower_input) {
    if (!root.has("model")) throw InputError(concat(root.place(), ": no 'model' section; is it a DeePMD-kit model?"));
    if (root.has("training"))
        throw InputError(concat(root.place(), ": an input of dp train, not a model; what dp freeze writes is one"));
    refuse_other_kinds(kind_of(root.get("model")), root.place());
    source.version = root.has("version") ? as_text(root.get("version")) : "";
    return read_dictionary(root.section("model"), std::move(source), distance_in(root), root.find("model_def_script"),
                           lower_input);
}

}  // namespace dpmd::importers
