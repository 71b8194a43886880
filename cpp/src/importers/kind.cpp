#include "importers/kind.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

using Words = std::pair<std::string_view, std::string_view>;

constexpr std::size_t longest_name = 80;
constexpr std::string_view unnamed = "se_e2_a";  // the descriptor where none is named

constexpr std::string_view descriptors_run[] = {"se_e2_a",     "se_e2_r",   "se_e3",     "se_atten",
                                                "se_atten_v2", "loc_frame", "se_e3_tebd"};

constexpr Words fittings[] = {
    {"dipole", "a dipole model"},
    {"polar", "a polarizability model (polar)"},
    {"global_polar", "a polarizability model (global_polar)"},
    {"dos", "a density-of-states model (dos)"},
    {"property", "a property model"},
    {"wfc", "a Wannier-centre model (wfc)"},
    {"direct_force", "a model that predicts forces without an energy"},
    {"direct_force_ener", "a model that predicts forces beside the energy"},
    {"denoise", "a denoising model"},
};
constexpr Words descriptors[] = {
    {"se_e2_a", "se_e2_a"},
    {"se_a", "se_e2_a"},
    {"se_a_ebd_v2", "se_e2_a"},
    {"se_a_tpe_v2", "se_e2_a"},
    {"se_e2_r", "se_e2_r"},
    {"se_r", "se_e2_r"},
    {"se_e3", "se_e3"},
    {"se_at", "se_e3"},
    {"se_t", "se_e3"},
    {"se_a_3be", "se_e3"},
    {"se_e3_tebd", "se_e3_tebd"},
    {"se_atten", "se_atten"},
    {"dpa1", "se_atten"},
    {"se_atten_v2", "se_atten_v2"},
    {"dpa2", "dpa2 (DPA-2)"},
    {"dpa3", "dpa3 (DPA-3)"},
    {"dpa4", "dpa4 (DPA-4)"},
    {"SeZM", "dpa4 (DPA-4)"},
    {"dpa4c", "dpa4c (DPA4C)"},
    {"loc_frame", "loc_frame"},
    {"se_a_tpe", "se_a_tpe (se_e2_a with type nets of its own)"},
    {"se_a_ebd", "se_a_tpe (se_e2_a with type nets of its own)"},
    {"se_a_mask", "se_a_mask"},
    {"se_a_ef", "se_a_ef (in an electric field)"},
};
constexpr std::string_view with_type_embedding[] = {"se_e2_a", "se_atten", "se_atten_v2"};  // in TensorFlow

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

template <std::size_t N>
const Words* words_of(std::string_view name, const Words (&words)[N]) {
    const auto* found =
        std::find_if(std::begin(words), std::end(words), [&](const Words& one) { return one.first == name; });
    return found == std::end(words) ? nullptr : found;
}

/// A short name from a file in quotes; it may be long in a damaged one.
std::string quoted(const std::string& name) { return shown(std::string_view(name)); }

std::string noun_of(const Kind& kind) {
    if (kind.spin) return "a spin model";
    if (kind.model == "pairwise_dprc") return "a DPRc model for QM/MM";
    if (kind.model != "standard") return concat("a model of type ", quoted(kind.model));
    if (kind.fitting == "ener" || kind.fitting == "dpa4_ener") return "";
    if (const Words* words = words_of(kind.fitting, fittings)) return std::string(words->second);
    return concat("a model with the fitting net ", quoted(kind.fitting));
}

std::string missing_descriptors(const Kind& kind) {
    std::vector<std::string> names, missing;
    for (const std::string& name : kind.descriptors) {
        const Words* words = words_of(name, descriptors);
        names.push_back(words != nullptr ? std::string(words->second) : quoted(name));
        if (!is_descriptor_run(names.back())) missing.push_back(names.back());
    }
    missing = each_once(missing);
    if (missing.empty()) return "";
    const std::string inside = names.size() > 1 ? concat(" in a hybrid (", joined(names, ", "), ")") : "";
    return concat("the descriptor", missing.size() > 1 ? "s " : " ", joined(missing, " and "), inside);
}

/// The text of a setting; one that is missing or no text counts as `otherwise`.
std::string text_of(const Value& section, std::string_view key, std::string_view otherwise) {
    const auto* text = section.get(key).as<std::string>();
    return std::string(text != nullptr ? first_characters(*text, longest_name) : otherwise);
}

/// A section that is a mapping; otherwise one without settings.
const Value& mapping(const Value& value) {
    static const Value none;
    return value.is_mapping() ? value : none;
}

std::vector<std::string> descriptor_names(const Value& descriptor) {
    std::vector<std::string> out;
    for (const Value* part : descriptor_parts(descriptor)) out.push_back(text_of(*part, "type", unnamed));
    return out;
}

std::vector<std::string> beside(const Value& model, const Value& descriptor, const Value& fitting) {
    std::vector<std::string> out;
    if (model.get("type_embedding").is_true()) {
        const std::vector<std::string> names = descriptor_names(descriptor);
        if (names.size() > 1) out.emplace_back("a type embedding beside a hybrid");
        else if (names.empty() || !is_one_of(descriptor_name(names.front()), with_type_embedding))
            out.emplace_back("a type embedding");
    }
    const std::string modifier = text_of(mapping(model.get("modifier")), "type", "");
    if (!modifier.empty()) out.push_back(modifier_words(modifier));
    std::vector<const Value*> sections = descriptor_parts(descriptor);
    sections.push_back(&fitting);
    if (std::any_of(sections.begin(), sections.end(),
                    [](const Value* one) { return text_of(*one, "precision", "") == "bfloat16"; }))
        out.emplace_back("networks in bfloat16 precision");
    return out;
}

std::string lower_case(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

/// `is_member`: of a combination, which has no combinations as its members.
Kind kind_of(const Value& given, bool is_member) {
    const Value& model = mapping(given);
    const std::string name = lower_case(text_of(model, "type", "standard"));
    const Value& backbone = mapping(model.get("backbone_model"));
    const Value& inner = backbone.is_true() ? backbone : model;
    const Value& descriptor = mapping(inner.get("descriptor"));
    const Value& fitting_net = inner.get("fitting_net");
    const Value& fitting = mapping(fitting_net.is_true() ? fitting_net : inner.get("fitting"));
    const bool is_combined = (is_linear(name) || name == "zbl") && !is_member;
    const bool is_dpa4 = name == "dpa4" || name == "sezm";
    Kind out;
    out.spin = model.get("spin").is_true() || name == "spin_ener" || name == "spin" || name == "native_spin" ||
               descriptor.get("spin").is_true() || fitting.get("spin").is_true();
    const bool is_plain = name == "standard" || name == "dp" || name == "pairtab";
    if (!(out.spin || is_dpa4 || is_combined || is_plain)) out.model = name;
    if (is_combined)
        for (const Value& member : model.get("models").entries()) out.members.push_back(kind_of(member, true));
    if (is_dpa4) out.descriptors = {"dpa4"};
    else if (name != "pairtab") out.descriptors = descriptor_names(descriptor);
    out.fitting = text_of(fitting, "type", "ener");
    out.beside = beside(model, descriptor, fitting);
    return out;
}

}  // namespace

std::string joined(std::span<const std::string> texts, std::string_view between) {
    std::string out;
    for (std::size_t k = 0; k < texts.size(); ++k) {
        if (k > 0) out += between;
        out += texts[k];
    }
    return out;
}

std::vector<std::string> each_once(std::vector<std::string> texts) {
    std::vector<std::string> out;
    for (std::string& text : texts)
        if (std::find(out.begin(), out.end(), text) == out.end()) out.push_back(std::move(text));
    return out;
}

std::string Kind::unsupported() const {
    if (!members.empty()) {
        std::vector<std::string> found;
        for (const Kind& member : members)
            if (std::string what = member.unsupported(); !what.empty()) found.push_back(std::move(what));
        return joined(each_once(std::move(found)), " and ");
    }
    const std::string noun = noun_of(*this), descriptor = missing_descriptors(*this);
    const std::string behind = descriptor.empty() ? joined(beside, " and ") : descriptor;
    return !noun.empty() && !behind.empty() ? concat(noun, " with ", behind) : noun + behind;
}

Kind kind_of(const Value& model) { return kind_of(model, false); }

bool is_linear(std::string_view model_type) { return model_type == "linear" || model_type == "linear_ener"; }

std::string descriptor_name(std::string_view name) {
    const Words* words = words_of(name, descriptors);
    return std::string(words != nullptr ? words->second : name);
}

bool is_descriptor_run(std::string_view name) { return is_one_of(name, descriptors_run); }

std::vector<const Value*> descriptor_parts(const Value& descriptor) {
    const Value& parts = descriptor.get("list");
    if (descriptor.get("type").text() != "hybrid" || !parts.is_list()) return {&descriptor};
    std::vector<const Value*> out;
    for (const Value& part : parts.entries())
        if (!part.is_null()) out.push_back(&mapping(part));
    return out;
}

std::string modifier_words(std::string_view name) {
    if (name == "dipole_charge") return "long-range electrostatics (DPLR, dipole_charge)";
    return concat("the modifier ", shown(name));
}

InputError refusal(const std::string& place, const std::string& what, const std::string& remedy) {
    std::string runs;
    for (const std::string_view& name : descriptors_run)
        runs += concat(&name == descriptors_run ? "" : &name + 1 == std::end(descriptors_run) ? " and " : ", ", name);
    return InputError(concat(place, ": ", what, " is not supported; dpmd runs ", runs,
                             " descriptors with energy fitting nets", remedy.empty() ? "" : "; ", remedy));
}

void refuse_other_kinds(const Kind& kind, const std::string& place, const std::string& remedy) {
    const std::string what = kind.unsupported();
    if (!what.empty()) throw refusal(place, what, remedy);
}

}  // namespace dpmd::importers
