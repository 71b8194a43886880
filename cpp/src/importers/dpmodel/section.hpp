#pragma once
// Typed access to a mapping of a foreign document. Whatever is missing or of another kind is an InputError that names
// its place.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/limits.hpp"
#include "importers/value.hpp"

namespace dpmd::importers {

/// A mapping, where it stands in the file, and the budget of the file. It refers to the document.
class Section {
public:
    Section(const Value& value, std::string place, Budget& budget);

    const Value& value() const { return *value_; }
    const std::string& place() const { return place_; }
    Budget& budget() const { return *budget_; }
    /// The place of a member.
    std::string at(std::string_view key) const;
    std::string at(std::string_view key, std::size_t k) const;

    /// Whether there is a member that is not null.
    bool has(std::string_view key) const { return !find(key).is_null(); }
    /// A member; null where there is none.
    const Value& find(std::string_view key) const { return value_->get(key); }
    /// A member that must be there.
    const Value& get(std::string_view key) const;

    Section section(std::string_view key) const;
    /// The mappings in a list; none where the list holds null.
    std::vector<std::optional<Section>> sections(std::string_view key) const;
    const List& list(std::string_view key) const;
    /// Such a list, empty where there is none.
    const List& list_or_empty(std::string_view key) const;

    std::string text(std::string_view key) const;
    std::string text(std::string_view key, std::string_view otherwise) const;
    bool flag(std::string_view key) const;
    bool flag(std::string_view key, bool otherwise) const { return has(key) ? flag(key) : otherwise; }
    int integer(std::string_view key) const;
    int integer(std::string_view key, int otherwise) const { return has(key) ? integer(key) : otherwise; }
    double number(std::string_view key) const;
    double number(std::string_view key, double otherwise) const { return has(key) ? number(key) : otherwise; }
    std::vector<int> integers(std::string_view key) const;
    std::vector<int> integers_or_empty(std::string_view key) const;
    /// An array; null where the file holds null or nothing.
    std::shared_ptr<const Tensor> array(std::string_view key) const;
    /// An array that must be there.
    std::shared_ptr<const Tensor> required_array(std::string_view key) const;

private:
    const Value* value_;
    std::string place_;
    Budget* budget_;
};

/// Throws for a version of a part of the model dictionary beyond those whose meaning is known.
void check_version(const Section& section, int highest);

/// A whole number below 2^31.
int as_integer(const Value& value, const std::string& place);
/// A finite number; text such as YAML's "1e-05" counts where it reads as one.
double as_number(const Value& value, const std::string& place);
const List& as_list(const Value& value, const std::string& place);

/// A text as it is, and any other value as Python shows it.
std::string as_text(const Value& value);
/// A value in a complaint: "expected a list, found ...".
std::string found(const Value& value);

}  // namespace dpmd::importers
