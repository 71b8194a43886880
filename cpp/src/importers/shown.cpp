#include "importers/shown.hpp"

#include <cmath>
#include <cstdio>

#include "io/number_text.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t longest = 200, most_members = 6;
constexpr int deepest = 3;

void append_quoted(std::string& out, std::string_view text) {
    const bool has_single = text.find('\'') != std::string_view::npos;
    const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
    out += quote;
    for (const char c : text) {
        if (c == quote || c == '\\') (out += '\\') += c;
        else if (c == '\n') out += "\\n";
        else if (c == '\r') out += "\\r";
        else if (c == '\t') out += "\\t";
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\x%02x", unsigned(static_cast<unsigned char>(c)));
            out += escape;
        } else out += c;
    }
    out += quote;
}

std::string with_depth(const Value& value, int depth);

template <class Members, class Show>
std::string shown_members(const Members& members, char opening, char closing, int depth, const Show& show) {
    if (depth >= deepest) return std::string{opening} + "…" + closing;
    std::string out(1, opening);
    for (std::size_t k = 0; k < members.size() && k < most_members; ++k) {
        if (k > 0) out += ", ";
        out += show(members[k]);
    }
    if (members.size() > most_members) out += ", … (" + std::to_string(members.size()) + " in all)";
    return out + closing;
}

std::string with_depth(const Value& value, int depth) {
    if (value.is_null()) return "None";
    if (const auto* flag = value.as<bool>()) return *flag ? "True" : "False";
    if (const auto* integer = value.as<std::int64_t>()) return std::to_string(*integer);
    if (const auto* big = value.as<BigInteger>()) {
        const std::string& digits = big->digits;
        if (digits.size() <= longest) return digits;
        return digits.substr(0, longest / 2) + "…" + digits.substr(digits.size() - longest / 2);
    }
    if (const auto* number = value.as<double>()) return shown(*number);
    if (const auto* text = value.as<std::string>()) return shown(std::string_view(*text));
    if (const auto* list = value.as<List>())
        return shown_members(*list, '[', ']', depth, [&](const Value& one) { return with_depth(one, depth + 1); });
    if (const auto* mapping = value.as<Mapping>())
        return shown_members(*mapping, '{', '}', depth, [&](const Member& one) {
            return shown(std::string_view(one.key)) + ": " + with_depth(one.value, depth + 1);
        });
    return "(ndarray)";
}

std::string shortened(const std::string& text) {
    const std::string_view first = first_characters(text, 2 * longest);
    return first.size() == text.size() ? text : std::string(first) + "…";
}

}  // namespace

std::string_view first_characters(std::string_view text, std::size_t n) {
    std::size_t end = 0;
    for (; end < text.size(); ++end)
        if ((static_cast<unsigned char>(text[end]) & 0xC0u) != 0x80u && n-- == 0) break;
    return text.substr(0, end);
}

std::string shown(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    std::string out;
    append_real(out, value);
    return out;
}

std::string shown(std::string_view text) {
    const std::string_view first = first_characters(text, longest);
    std::string out;
    append_quoted(out, first);
    if (first.size() < text.size()) out += "…";
    return out;
}

std::string shown(const std::vector<std::int64_t>& values) {
    return shortened(shown_members(values, '[', ']', 0, [](std::int64_t one) { return std::to_string(one); }));
}

std::string shown(const std::vector<int>& values) {
    return shown(std::vector<std::int64_t>(values.begin(), values.end()));
}

std::string shown(const Value& value) { return shortened(with_depth(value, 0)); }

std::string shown_shape(const Shape& shape) {
    std::string out = "(";
    for (std::size_t k = 0; k < shape.size(); ++k) out += (k > 0 ? ", " : "") + std::to_string(shape[k]);
    return out + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace dpmd::importers
