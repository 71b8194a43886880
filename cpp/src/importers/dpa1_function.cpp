#include "importers/dpa1_function.hpp"

#include <algorithm>
#include <string_view>
#include <variant>
#include <vector>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

constexpr std::string_view dense = "dense", graph = "graph", tensorflow = "tf";

/// What DeePMD-kit computes a function from, by format; some formats are written for two of them.
struct FileOfFunction {
    std::string_view format, function, words;
};
constexpr FileOfFunction files[] = {
    {"torchscript", "", "a .pth file"},
    {"dpmodel-hdf5", "", "a file of the model dictionary"},
    {"dpmodel-yaml", "", "a file of the model dictionary"},
    {"torch-checkpoint", dense, "a checkpoint of its PyTorch backend, where weights are called matrix"},
    {"torch-checkpoint", graph, "a checkpoint of its exportable PyTorch backend, where weights are called w"},
    {"exported-program", dense, "an exported program that takes lists of neighbours"},
    {"exported-program", graph, "an exported program that takes edges"},
};

std::string_view function_of(const SeAtten& one) {
    switch (one.empty_slots) {
        case SeAtten::EmptySlots::none: return graph;
        case SeAtten::EmptySlots::first_atom: return dense;
        case SeAtten::EmptySlots::padding:
        case SeAtten::EmptySlots::section: break;
    }
    return tensorflow;
}

/// Whether what an empty slot adds depends on the type of the first atom of the system.
bool needs_first_atom(const SeAtten& one) {
    const bool types_enter = one.type_input == TypedNetwork::TypeInput::concat || !one.smooth;
    const std::vector<double>& shift = one.environment.shift;
    return function_of(one) == dense && types_enter &&
           std::any_of(shift.begin(), shift.end(), [](double x) { return x != 0; });
}

void change(SeAtten& one, const std::string& function) {
    if (function_of(one) == tensorflow)
        throw InputError(concat("the function of a .pb file is TensorFlow's, which differs from ",
                                shown(std::string_view(function)),
                                " in more than its empty slots; convert the model with dp convert-backend, and name "
                                "the function of the new file"));
    Environment& environment = one.environment;
    const bool is_dense = function == dense;
    environment.slot_order = is_dense ? SlotOrder::mixed : SlotOrder::unlimited;
    environment.sel.clear();
    if (is_dense) environment.sel.push_back(environment.normalization);
    one.empty_slots = is_dense ? SeAtten::EmptySlots::first_atom : SeAtten::EmptySlots::none;
}

std::string note(const SeAtten& one, const std::optional<std::string>& asked, const std::string& format) {
    const std::string_view own = function_of(one);
    if (own == tensorflow) return "TensorFlow's function of DPA-1, which DeePMD-kit computes from a .pb file";
    std::string_view file = "its file";
    for (const FileOfFunction& known : files)
        if (known.format == format && (known.function.empty() || known.function == own)) file = known.words;
    if (asked && *asked != own)
        return concat("the ", *asked, " function of DPA-1, as asked for; DeePMD-kit computes the ", own,
                      " function from ", file);
    return concat("the ", own, " function of DPA-1, which DeePMD-kit computes from ", file);
}

std::vector<SeAtten*> descriptors_of(ImportedModel& model) {
    std::vector<SeAtten*> out;
    for (NetTerm& term : std::get<LocalModel>(model.data.kind).terms)
        for (Descriptor& one : term.descriptors)
            if (auto* found = std::get_if<SeAtten>(&one)) out.push_back(found);
    return out;
}

}  // namespace

void choose_function(ImportedModel& model, const std::optional<std::string>& asked, const std::string& path) {
    if (asked && *asked != dense && *asked != graph)
        throw InputError(concat(path, ": dpa1_function = ", shown(std::string_view(*asked)), " is neither \"", dense,
                                "\" nor \"", graph, "\""));
    const std::vector<SeAtten*> found = descriptors_of(model);
    if (asked && found.empty())
        throw InputError(
            concat(path, ": dpa1_function: only DPA-1 has several functions, and this model has none; leave it out"));
    std::vector<std::string> notes;
    const auto add = [&](const std::string& text) {
        if (std::find(notes.begin(), notes.end(), text) == notes.end()) notes.push_back(text);
    };
    for (const SeAtten* one : found) add(note(*one, asked, model.source.format));
    if (asked)
        for (SeAtten* one : found) change(*one, *asked);
    if (std::any_of(found.begin(), found.end(), [](const SeAtten* one) { return needs_first_atom(*one); }))
        add("an empty slot adds what a neighbour of the type of the system's first atom adds, as davg is not 0");
    model.notes.insert(model.notes.end(), notes.begin(), notes.end());
}

}  // namespace dpmd::importers
