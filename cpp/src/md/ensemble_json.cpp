#include "md/ensemble_json.hpp"

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

std::string members(const Nve&) { return "\"name\":\"NVE\""; }
std::string members(const Langevin& e) {
    return concat("\"name\":\"Langevin\"", member("temperature", e.temperature), member("damping", e.damping));
}
std::string members(const NoseHoover& e) {
    return concat("\"name\":\"NoseHoover\"", member("temperature", e.temperature), member("damping", e.damping),
                  member("chain", e.chain));
}
std::string members(const Bussi& e) {
    return concat("\"name\":\"Bussi\"", member("temperature", e.temperature), member("damping", e.damping));
}
std::string members(const Mtk& e) {
    return concat("\"name\":\"MTK\"", member("temperature", e.temperature), member("pressure", e.pressure),
                  member("damping", e.damping), member("pressure_damping", e.pressure_damping),
                  member("full", e.coupling == Coupling::full), member("chain", e.chain));
}

}  // namespace

std::string to_json(const Ensemble& ensemble) {
    return concat("{", std::visit([](const auto& e) { return members(e); }, ensemble), "}");
}

Ensemble ensemble_from_json(const Json& json) {
    const std::string& name = json.at("name").as_string();
    const auto number = [&](const char* key) { return json.at(key).as_number(); };
    const auto chain = [&] { return static_cast<int>(json.at("chain").as_integer()); };
    if (name == "NVE") return Nve{};
    if (name == "Langevin") return Langevin{number("temperature"), number("damping")};
    if (name == "NoseHoover") return NoseHoover{number("temperature"), number("damping"), chain()};
    if (name == "Bussi") return Bussi{number("temperature"), number("damping")};
    if (name == "MTK")
        return Mtk{number("temperature"),
                   number("pressure"),
                   number("damping"),
                   number("pressure_damping"),
                   number("full") != 0 ? Coupling::full : Coupling::isotropic,
                   chain()};
    throw InputError(concat(json.path(), ".name = '", name, "' is not an ensemble of this version"));
}

}  // namespace dpmd::md
