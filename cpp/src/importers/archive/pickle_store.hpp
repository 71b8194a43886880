#pragma once
// Where the values of a pickle are, and what they cost.
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "importers/archive/pickled.hpp"
#include "importers/limits.hpp"

namespace dpmd::importers {

/// Keeps values until it is destroyed itself. Every one of them is taken from the budget of the file.
class PickleStore {
public:
    explicit PickleStore(Budget& budget) : budget_(&budget) {}
    PickleStore(PickleStore&&) = default;
    PickleStore& operator=(PickleStore&&) = default;
    PickleStore(const PickleStore&) = delete;  // values refer to each other

    /// Accounts for memory whose size the file decides.
    void account(std::uint64_t n_bytes) { budget_->take(n_bytes, "a pickle that"); }

    PickledSequence* sequence(bool is_list, std::vector<Pickled> items) {
        account(sizeof(PickledSequence) + items.size() * sizeof(Pickled));
        sequences_.push_back({{}, is_list, std::move(items)});
        return &sequences_.back();
    }
    PickledMapping* mapping() { return added(mappings_, {}); }
    PickledObject* object(std::string_view name) { return added(objects_, {{}, name, {}}); }
    const PickledStorage* storage(const PickledStorage& one) { return added(storages_, one); }
    const PickledTensor* tensor(const PickledTensor& one) { return added(tensors_, one); }
    const PickledName* name(std::string text) {
        account(sizeof(PickledName) + text.size());
        return &names_.emplace_back(PickledName{std::move(text)});
    }
    const BigInteger* integer(std::string digits) {
        account(sizeof(BigInteger) + digits.size());
        return &integers_.emplace_back(BigInteger{std::move(digits)});
    }

    /// All mappings there are.
    std::deque<PickledMapping>& mappings() { return mappings_; }

private:
    template <class T>
    T* added(std::deque<T>& all, T one) {
        account(sizeof(T));
        all.push_back(std::move(one));
        return &all.back();
    }

    Budget* budget_;
    std::deque<PickledSequence> sequences_;
    std::deque<PickledMapping> mappings_;
    std::deque<PickledObject> objects_;
    std::deque<PickledStorage> storages_;
    std::deque<PickledTensor> tensors_;
    std::deque<PickledName> names_;
    std::deque<BigInteger> integers_;
};

}  // namespace dpmd::importers
