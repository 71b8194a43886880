#pragma once
// A value of one of several types, for tiles. They know no std::variant and no virtual function: what those instantiate
// would be compiled with the instructions of one instruction set.
#include <type_traits>
#include <utility>

#include "math/hd.hpp"

namespace dpmd::cpu {

/// It has a member of each type and uses one of them.
template <class First, class... Rest>
class OneOf {
public:
    OneOf() = default;
    template <class T, class = std::enable_if_t<!std::is_lvalue_reference_v<T>>>
    explicit OneOf(T&& value) : is_first_(std::is_same_v<T, First>) {
        if constexpr (std::is_same_v<T, First>) first_ = std::forward<T>(value);
        else rest_ = OneOf<Rest...>(std::forward<T>(value));
    }

    /// What f returns for the member in use.
    template <class F>
    DPMD_HD auto visit(F&& f) const {
        return is_first_ ? f(first_) : rest_.visit(f);
    }

private:
    bool is_first_ = true;
    First first_;
    OneOf<Rest...> rest_;
};

template <class Last>
class OneOf<Last> {
public:
    OneOf() = default;
    explicit OneOf(Last&& value) : last_(std::move(value)) {}

    template <class F>
    DPMD_HD auto visit(F&& f) const {
        return f(last_);
    }

private:
    Last last_;
};

}  // namespace dpmd::cpu
