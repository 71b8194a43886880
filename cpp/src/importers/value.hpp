#pragma once
// A value of a document as DeePMD-kit writes them, in JSON or in the model dictionary: a tree of mappings and lists,
// with scalars and arrays as its leaves.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "importers/tensor.hpp"

namespace dpmd::importers {

class Value;
struct Member;
using List = std::vector<Value>;
using Mapping = std::vector<Member>;  ///< in the order of the document, each key once

/// A whole number that 64 bits do not hold, by its digits.
struct BigInteger {
    std::string digits;
};

class Value {
public:
    Value();  ///< null
    // Not inline: of a variant that is moved, GCC 12 takes the members that it does not hold for uninitialised ones.
    ~Value();
    Value(const Value& other);
    Value(Value&& other) noexcept;
    Value& operator=(const Value& other);
    Value& operator=(Value&& other) noexcept;
    template <class T>
    explicit Value(T value) : data_(std::move(value)) {}

    bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
    bool is_mapping() const { return std::holds_alternative<Mapping>(data_); }
    bool is_list() const { return std::holds_alternative<List>(data_); }
    /// Whether it is a whole number; true and false are, as in Python.
    bool is_integer() const;

    /// The value as a T, or null: bool, std::int64_t, BigInteger, double, std::string, List, Mapping or
    /// std::shared_ptr<const Tensor>.
    template <class T>
    const T* as() const {
        return std::get_if<T>(&data_);
    }

    /// The member of a mapping; a null value where there is none, or where this is no mapping.
    const Value& get(std::string_view key) const;
    /// The entries of a list; none where this is no list.
    const List& entries() const;
    /// The text; empty where this is none.
    const std::string& text() const;
    /// What Python takes for true: neither null, false, zero nor empty.
    bool is_true() const;

private:
    std::variant<std::monostate, bool, std::int64_t, BigInteger, double, std::string, std::shared_ptr<const Tensor>,
                 List, Mapping>
        data_;
};

struct Member {
    std::string key;
    Value value;
};

}  // namespace dpmd::importers
