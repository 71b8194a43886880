#pragma once
// The stack machine of pickle, reduced to data.
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "importers/archive/pickle_input.hpp"
#include "importers/archive/pickle_instructions.hpp"
#include "importers/archive/pickle_store.hpp"

namespace dpmd::importers {

class PickleMachine {
public:
    /// The values go into `store`, and refer to `content`.
    PickleMachine(std::span<const std::byte> content, PickleStore& store) : input_(content), store_(store) {}

    /// The value that the pickle leaves. Throws InputError at the first instruction that is not data.
    Pickled run();
    /// Where the present instruction is.
    std::size_t position() const { return position_; }

private:
    bool push_scalar(PickleInstruction code);
    bool use_memo(PickleInstruction code);
    void combine(PickleInstruction code);
    void push(const Pickled& value);
    Pickled pop();
    /// The topmost value above the last mark; null where there is none.
    Pickled* top();
    Pickled top_value();
    /// The values above the last mark, without it.
    std::vector<Pickled> pop_to_mark();
    void push_tuple(std::size_t n);
    void append(std::span<const Pickled> items);
    void set_items(std::span<const Pickled> items);
    void reduce();
    void new_object();
    void build();
    void stack_global();
    void put(std::uint64_t index);
    void get(std::uint64_t index);

    PickleInput input_;
    PickleStore& store_;
    std::size_t position_ = 0;
    std::vector<Pickled> stack_;
    std::vector<std::size_t> marks_;          ///< how many values are below each
    std::map<std::uint64_t, Pickled> memo_;
};

}  // namespace dpmd::importers
