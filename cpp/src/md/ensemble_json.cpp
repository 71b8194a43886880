#include "md/ensemble_json.hpp"

#include <optional>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/number_text.hpp"

namespace dpmd::md {
namespace {

std::string member(const char* key, double value) {
    std::string out = concat(",\"", key, "\":");
    append_number(out, value);
    return out;
}

template <class E>
std::string write(const E& e, const NumberParameter<E>& row) {
    return member(row.name, e.*row.member);
}
template <class E>
std::string write(const E& e, const CountParameter<E>& row) {
    return member(row.name, e.*row.member);
}
/// A coupling is stored as a number called "full", 0 or 1.
template <class E>
std::string write(const E& e, const CouplingParameter<E>& row) {
    return member("full", e.*row.member == Coupling::full);
}

template <class E>
void read(const Json& json, const NumberParameter<E>& row, E& e) {
    e.*row.member = json.at(row.name).as_number();
}
template <class E>
void read(const Json& json, const CountParameter<E>& row, E& e) {
    e.*row.member = static_cast<int>(json.at(row.name).as_integer());
}
template <class E>
void read(const Json& json, const CouplingParameter<E>& row, E& e) {
    e.*row.member = json.at("full").as_number() != 0 ? Coupling::full : Coupling::isotropic;
}

}  // namespace

std::string to_json(const Ensemble& ensemble) {
    return std::visit(
        []<class E>(const E& e) {
            std::string members = concat("\"name\":\"", E::kind.name, "\"");
            for_each_parameter<E>([&](const auto& row) { members += write(e, row); });
            return concat("{", members, "}");
        },
        ensemble);
}

Ensemble ensemble_from_json(const Json& json) {
    const std::string& name = json.at("name").as_string();
    std::optional<Ensemble> found;
    for_each_ensemble([&]<class E>(E e) {
        if (name != E::kind.name) return;
        for_each_parameter<E>([&](const auto& row) { read(json, row, e); });
        found = e;
    });
    if (!found) throw InputError(concat(json.path(), ".name = '", name, "' is not an ensemble of this version"));
    return *found;
}

}  // namespace dpmd::md
