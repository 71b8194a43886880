// The types of the pair style: which of the model's types each of LAMMPS' types is, and checks that find mistakes.
#include <atom.h>
#include <comm.h>
#include <error.h>
#include <force.h>
#include <input.h>
#include <memory.h>
#include <update.h>
#include <utils.h>
#include <variable.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "element_masses.hpp"
#include "pair_dpmd.hpp"

namespace dpmd::lammps {

using namespace LAMMPS_NS;

namespace {

constexpr std::int32_t no_concern = -1;

std::string joined(const std::vector<std::string>& words, const char* between) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
    return out;
}

/// Whether a name can be used in a formula of LAMMPS.
bool can_be_asked_for(std::string_view name) {
    return std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

/// One atomic mass unit in the input's unit of mass.
double mass_unit(std::string_view units) {
    if (units == "si") return 1.66053906660e-27;      // kg
    if (units == "cgs") return 1.66053906660e-24;     // g
    if (units == "micro") return 1.66053906660e-12;   // pg
    return units == "nano" ? 1.66053906660e-6 : 1.0;  // ag; metal, real and electron use g/mol
}

}  // namespace

void PairDpmd::coeff(int n_words, char** words) {
    if (n_words < 2 || std::strcmp(words[0], "*") != 0 || std::strcmp(words[1], "*") != 0)
        error->all(FLERR,
                   "pair_coeff of dpmd: a model is of all types together; write pair_coeff * * and a name per type");
    const std::vector<std::string> names(words + 2, words + n_words);
    const std::vector<std::int32_t> labelled = types_by_label();
    if (names.empty()) take_types_without_names(labelled);
    else take_types_by_name(names, labelled);
    masses_are_checked_ = false;
    claim_pairs();
    has_neighbors_ = false;
}

/// A style that shares pairs with others claims all of them. In pair_style hybrid each pair has one style, and pairs of
/// types that the model does not have are left to other styles.
void PairDpmd::claim_pairs() {
    const int n_types = atom->ntypes;
    if (!allocated) {
        memory->create(setflag, n_types + 1, n_types + 1, "pair:setflag");
        memory->create(cutsq, n_types + 1, n_types + 1, "pair:cutsq");
        allocated = 1;
    }
    const std::string_view style = force->pair_style;
    const bool has_rivals = style.starts_with("hybrid") && style.find("overlay") == std::string_view::npos &&
                            style.find("scaled") == std::string_view::npos;
    const auto is_ours = [&](int k) { return !has_rivals || model_type_[std::size_t(k)] >= 0; };
    for (int i = 1; i <= n_types; ++i)
        for (int j = i; j <= n_types; ++j) setflag[i][j] = is_ours(i) && is_ours(j);
}

/// Another model may have other types, so a new pair_style needs pair_coeff again.
void PairDpmd::forget_types() {
    std::fill(model_type_.begin(), model_type_.end(), no_concern);
    has_neighbors_ = false;
    for (int i = 1; allocated && i <= atom->ntypes; ++i) std::fill_n(setflag[i], atom->ntypes + 1, 0);
}

// ------------------------------------------------------------------------------------------------ names and labels

/// As in DeePMD-kit, the first types have these names, and the remaining ones are not for this model; here a message
/// says so.
void PairDpmd::take_types_by_name(const std::vector<std::string>& names, const std::vector<std::int32_t>& labelled) {
    const auto n_types = std::size_t(atom->ntypes);
    model_type_.assign(n_types + 1, no_concern);
    std::vector<std::int32_t> types;
    for (const std::string& name : names) types.push_back(model_type(name.c_str()));
    std::copy_n(types.begin(), std::min(types.size(), n_types), model_type_.begin() + 1);
    if (names.size() != n_types)
        warn(fmt::format("pair_coeff of dpmd has {} names for {} atom types, so that {}", names.size(), n_types,
                         described(model_type_)));
    for (std::size_t k = 1; k <= n_types; ++k) {
        if (labelled[k] < 0 || model_type_[k] < 0 || labelled[k] == model_type_[k]) continue;
        return warn(
            fmt::format("pair_coeff of dpmd contradicts the labels of the atom types. By the names, which are "
                        "taken, {}. By the labels {}",
                        described(model_type_), described(labelled, "not said")));
    }
}

/// The labels of the data file say which type is which. Without labels the types are the model's in its order, as
/// DeePMD-kit assumes.
void PairDpmd::take_types_without_names(const std::vector<std::int32_t>& labelled) {
    const auto n_types = std::size_t(atom->ntypes);
    const auto n_labelled = std::size_t(std::count_if(labelled.begin(), labelled.end(), [](auto t) { return t >= 0; }));
    if (n_labelled > 0) {
        model_type_ = labelled;
        if (n_labelled < n_types)
            error->all(FLERR,
                       "pair_coeff of dpmd names no types, and labels name some only: {}; name the model's type of "
                       "each atom type, or NULL",
                       described(model_type_, "not labelled as one of the model's types"));
        if (comm->me == 0)
            utils::logmesg(lmp, "pair_style dpmd takes the types by their labels: {}\n", described(model_type_));
        return;
    }
    model_type_.assign(n_types + 1, no_concern);
    for (std::size_t k = 1; k <= n_types && k <= std::size_t(info_.n_types); ++k) model_type_[k] = std::int32_t(k) - 1;
    warn(
        fmt::format("pair_coeff of dpmd names no types, so they are taken in the model's order: {}; to be sure, write "
                    "pair_coeff * * and a name per type",
                    described(model_type_)));
}

/// The model's type for each of LAMMPS' types; -1 for types without a label, or whose label is no type of the model.
std::vector<std::int32_t> PairDpmd::types_by_label() const {
    std::vector<std::int32_t> out(std::size_t(atom->ntypes) + 1, no_concern);
    if (!atom->labelmapflag) return out;
    const std::vector<std::string> known = type_names();
    for (std::size_t type = 0; type < known.size(); ++type) {
        const auto ask = [&](const char* function) {
            return input->variable->compute_equal(fmt::format("{}(atom,{})", function, known[type]));
        };
        if (can_be_asked_for(known[type]) && ask("is_typelabel") != 0)
            out[std::size_t(ask("label2type"))] = std::int32_t(type);
    }
    return out;
}

std::vector<std::string> PairDpmd::type_names() const {
    std::vector<std::string> out;
    for (std::int32_t type = 0; const char* name = dpmd_type_name(engine_.get(), type); ++type) out.push_back(name);
    return out;
}

std::int32_t PairDpmd::model_type(const char* name) const {
    if (std::strcmp(name, "NULL") == 0) return no_concern;
    const std::vector<std::string> known = type_names();
    const auto found = std::find(known.begin(), known.end(), name);
    if (found != known.end()) return std::int32_t(found - known.begin());
    error->all(FLERR, "pair_coeff of dpmd: {} has no type {}; its types are {}, and NULL is for atoms of no concern",
               settings_.models.front(), name, joined(known, " "));
}

/// "type 1 (mass 15.9994) is O, type 2 (mass 1.008) is H, type 3 is of no concern; the model's types are O H"
std::string PairDpmd::described(const std::vector<std::int32_t>& types_of, const char* otherwise) const {
    const std::vector<std::string> known = type_names();
    std::vector<std::string> types;
    for (int k = 1; k <= atom->ntypes; ++k) {
        const std::int32_t type = types_of[std::size_t(k)];
        const bool has_mass = atom->mass != nullptr && atom->mass_setflag[k];
        types.push_back(fmt::format("type {}{} is {}", k, has_mass ? fmt::format(" (mass {:g})", atom->mass[k]) : "",
                                    type < 0 ? otherwise : known[std::size_t(type)]));
    }
    return joined(types, ", ") + "; the model's types are " + joined(known, " ");
}

// --------------------------------------------------------------------------------------------------------- masses

/// Runs late, because masses may be set after pair_coeff.
void PairDpmd::check_masses() {
    if (std::exchange(masses_are_checked_, true) || atom->mass == nullptr) return;
    const std::vector<std::string> known = type_names();
    std::vector<std::string> doubts;
    for (int k = 1; k <= atom->ntypes; ++k) {
        const std::int32_t type = model_type_[std::size_t(k)];
        if (type < 0 || !atom->mass_setflag[k]) continue;
        const std::string& name = known[std::size_t(type)];
        const std::string_view other = element_of_mass_instead(name, atom->mass[k] / mass_unit(update->unit_style));
        if (!other.empty())
            doubts.push_back(
                fmt::format("type {} is taken for {}, but its mass {:g} is that of {}", k, name, atom->mass[k], other));
    }
    if (!doubts.empty()) warn("pair_style dpmd: " + joined(doubts, "; ") + ": pair_coeff must name the types in order");
}

}  // namespace dpmd::lammps
