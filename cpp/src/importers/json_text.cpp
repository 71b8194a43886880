#include "importers/json_text.hpp"

#include <cmath>

#include "importers/shown.hpp"
#include "io/json.hpp"

namespace dpmd::importers {
namespace {

void append(std::string& out, const Value& value);

void append(std::string& out, const List& list) {
    out += '[';
    for (std::size_t k = 0; k < list.size(); ++k) {
        if (k > 0) out += ", ";
        append(out, list[k]);
    }
    out += ']';
}

void append(std::string& out, const Mapping& mapping) {
    out += '{';
    for (std::size_t k = 0; k < mapping.size(); ++k) {
        if (k > 0) out += ", ";
        out += json_quote(mapping[k].key);
        out += ": ";
        append(out, mapping[k].value);
    }
    out += '}';
}

void append(std::string& out, const Value& value) {
    const auto* real = value.as<double>();
    if (value.is_null()) out += "null";
    else if (const auto* flag = value.as<bool>()) out += *flag ? "true" : "false";
    else if (const auto* whole = value.as<std::int64_t>()) out += std::to_string(*whole);
    else if (const auto* big = value.as<BigInteger>()) out += big->digits;
    else if (real && std::isfinite(*real)) out += shown(*real);
    else if (const auto* text = value.as<std::string>()) out += json_quote(*text);
    else if (const auto* list = value.as<List>()) append(out, *list);
    else if (const auto* mapping = value.as<Mapping>()) append(out, *mapping);
    else out += json_quote(shown(value));
}

}  // namespace

std::string json_text(const Value& value) {
    std::string out;
    append(out, value);
    return out;
}

}  // namespace dpmd::importers
