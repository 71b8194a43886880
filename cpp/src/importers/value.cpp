#include "importers/value.hpp"

namespace dpmd::importers {

Value::Value() = default;
Value::~Value() = default;
Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;

bool Value::is_integer() const {
    return std::holds_alternative<bool>(data_) || std::holds_alternative<std::int64_t>(data_) ||
           std::holds_alternative<BigInteger>(data_);
}

const Value& Value::get(std::string_view key) const {
    static const Value null;
    if (const auto* mapping = as<Mapping>())
        for (const Member& member : *mapping)
            if (member.key == key) return member.value;
    return null;
}

const List& Value::entries() const {
    static const List none;
    const auto* list = as<List>();
    return list != nullptr ? *list : none;
}

const std::string& Value::text() const {
    static const std::string none;
    const auto* text = as<std::string>();
    return text != nullptr ? *text : none;
}

bool Value::is_true() const {
    if (const auto* flag = as<bool>()) return *flag;
    if (const auto* integer = as<std::int64_t>()) return *integer != 0;
    if (const auto* number = as<double>()) return *number != 0;
    if (const auto* text = as<std::string>()) return !text->empty();
    if (const auto* list = as<List>()) return !list->empty();
    if (const auto* mapping = as<Mapping>()) return !mapping->empty();
    return !is_null();
}

}  // namespace dpmd::importers
