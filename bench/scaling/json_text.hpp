#pragma once
// Results as JSON.
#include <cmath>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "io/json.hpp"

namespace dpmd::bench {

inline std::string json_of(const std::string& text) { return json_quote(text); }
inline std::string json_of(const char* text) { return json_quote(text); }
inline std::string json_of(double value) { return std::isfinite(value) ? concat(value) : "null"; }
inline std::string json_of(std::int64_t value) { return std::to_string(value); }
inline std::string json_of(int value) { return std::to_string(value); }

/// A value that is already JSON.
struct JsonText {
    std::string text;
    JsonText(std::string json) : text(std::move(json)) {}  // NOLINT(google-explicit-constructor): members of an object
    template <class T>
    JsonText(const T& value) : text(json_of(value)) {}  // NOLINT(google-explicit-constructor): likewise
};

inline JsonText json_string(const std::string& text) { return json_quote(text); }

template <class Range, class F>
JsonText json_list(const Range& range, F&& element) {
    std::string out = "[";
    for (const auto& value : range) out += concat(out.size() > 1 ? ", " : "", JsonText(element(value)).text);
    return out + "]";
}
template <class Range>
JsonText json_list(const Range& range) {
    return json_list(range, [](const auto& value) { return JsonText(value); });
}

inline JsonText json_object(std::initializer_list<std::pair<const char*, JsonText>> members) {
    std::string out = "{";
    for (const auto& [name, value] : members)
        out += concat(out.size() > 1 ? ", " : "", json_quote(name), ": ", value.text);
    return out + "}";
}

}  // namespace dpmd::bench
