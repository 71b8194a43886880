#include "importers/archive/pickle_machine.hpp"

#include <cstdlib>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/archive/pickle_calls.hpp"
#include "importers/archive/pickle_integer.hpp"

namespace dpmd::importers {

namespace {

constexpr std::int64_t largest_key = std::int64_t(1) << 53;
constexpr std::uint64_t memo_bytes = 80;  // of an entry

void require_harmless(const Pickled& key) {
    const auto* integer = std::get_if<std::int64_t>(&key);
    if (std::holds_alternative<const BigInteger*>(key) ||
        (integer != nullptr && (*integer >= largest_key || *integer <= -largest_key)))
        throw InputError("a large integer as key of a dictionary");
    if (key.index() > Pickled(std::string_view()).index())
        throw InputError(concat("a ", kind_name(key), " as key of a dictionary"));
}

}  // namespace

Pickled PickleMachine::run() {
    for (;;) {
        position_ = input_.position();
        const auto code = PickleInstruction(input_.number<std::uint8_t>());
        if (code == PickleInstruction::stop) return pop();
        if (!push_scalar(code) && !use_memo(code)) combine(code);
    }
}

/// Carries out an instruction that pushes a value of its own; otherwise returns false.
bool PickleMachine::push_scalar(PickleInstruction code) {
    using enum PickleInstruction;
    switch (code) {
        case none: push({}); return true;
        case newtrue: push(true); return true;
        case newfalse: push(false); return true;
        case binint: push(std::int64_t(input_.number<std::int32_t>())); return true;
        case binint1: push(std::int64_t(input_.number<std::uint8_t>())); return true;
        case binint2: push(std::int64_t(input_.number<std::uint16_t>())); return true;
        case long1: push(pickled_integer(input_.bytes(input_.number<std::uint8_t>()), store_)); return true;
        case binfloat: push(input_.big_endian_double()); return true;
        case short_binunicode: push(input_.text(input_.number<std::uint8_t>())); return true;
        case binunicode: push(input_.text(input_.number<std::uint32_t>())); return true;
        case binunicode8: push(input_.text(input_.number<std::uint64_t>())); return true;
        case short_binbytes: push(PickledBytes{input_.bytes(input_.number<std::uint8_t>())}); return true;
        case binbytes: push(PickledBytes{input_.bytes(input_.number<std::uint32_t>())}); return true;
        case empty_tuple: push(store_.sequence(false, {})); return true;
        case empty_list: push(store_.sequence(true, {})); return true;
        case empty_dict: push(store_.mapping()); return true;
        default: return false;
    }
}

/// Carries out an instruction of the memo, or one without any effect; otherwise returns false.
bool PickleMachine::use_memo(PickleInstruction code) {
    using enum PickleInstruction;
    switch (code) {
        case binput: put(input_.number<std::uint8_t>()); return true;
        case long_binput: put(input_.number<std::uint32_t>()); return true;
        case memoize: put(memo_.size()); return true;
        case binget: get(input_.number<std::uint8_t>()); return true;
        case long_binget: get(input_.number<std::uint32_t>()); return true;
        case proto: input_.number<std::uint8_t>(); return true;
        case frame: input_.number<std::uint64_t>(); return true;
        default: return false;
    }
}

/// Carries out an instruction that makes a value of others.
void PickleMachine::combine(PickleInstruction code) {
    using enum PickleInstruction;
    switch (code) {
        case mark: marks_.push_back(stack_.size()); return;
        case tuple: return push(store_.sequence(false, pop_to_mark()));
        case tuple1: return push_tuple(1);
        case tuple2: return push_tuple(2);
        case tuple3: return push_tuple(3);
        case PickleInstruction::append: return this->append(std::array{pop()});
        case appends: return this->append(pop_to_mark());
        case setitem: {
            const Pickled value = pop(), key = pop();
            return set_items(std::array{key, value});
        }
        case setitems: return set_items(pop_to_mark());
        case global: {
            const std::string_view module = input_.line(), name = input_.line();
            return push(known_name(module, name, store_));
        }
        case PickleInstruction::stack_global: return this->stack_global();
        case PickleInstruction::reduce: return this->reduce();
        case newobj: return new_object();
        case PickleInstruction::build: return this->build();
        case binpersid: return push(pickled_storage(pop(), store_));
        default: throw InputError(foreign_instruction(std::uint8_t(code)));
    }
}

void PickleMachine::push(const Pickled& value) {
    if (stack_.size() == stack_.capacity()) {
        const std::size_t n = std::max(stack_.size(), std::size_t(64));
        store_.account(n * sizeof(Pickled));
        stack_.reserve(stack_.size() + n);
    }
    stack_.push_back(value);
}

Pickled* PickleMachine::top() {
    const std::size_t below = marks_.empty() ? 0 : marks_.back();
    return stack_.size() > below ? &stack_.back() : nullptr;
}

Pickled PickleMachine::top_value() {
    if (top() == nullptr)
        throw InputError(marks_.empty() ? "a damaged pickle: a value is missing" : "a mark where a value should be");
    return stack_.back();
}

Pickled PickleMachine::pop() {
    const Pickled value = top_value();
    stack_.pop_back();
    return value;
}

std::vector<Pickled> PickleMachine::pop_to_mark() {
    if (marks_.empty()) throw InputError("a mark is missing");
    const auto begin = stack_.begin() + std::ptrdiff_t(marks_.back());
    marks_.pop_back();
    std::vector<Pickled> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    return items;
}

void PickleMachine::push_tuple(std::size_t n) {
    std::vector<Pickled> items(n);
    while (n-- > 0) items[n] = pop();
    push(store_.sequence(false, std::move(items)));
}

void PickleMachine::append(std::span<const Pickled> items) {
    const Pickled* target = top();
    auto* const* list = target != nullptr ? std::get_if<PickledSequence*>(target) : nullptr;
    if (list == nullptr || !(*list)->is_list) throw InputError("items appended to something that is not a list");
    store_.account(items.size() * sizeof(Pickled));
    (*list)->items.insert((*list)->items.end(), items.begin(), items.end());
}

void PickleMachine::set_items(std::span<const Pickled> items) {
    const Pickled* target = top();
    auto* const* mapping = target != nullptr ? std::get_if<PickledMapping*>(target) : nullptr;
    if (mapping == nullptr || items.size() % 2 != 0) throw InputError("items set on something that is not a dictionary");
    store_.account(items.size() * sizeof(Pickled));
    for (std::size_t k = 0; k < items.size(); k += 2) {
        require_harmless(items[k]);
        (*mapping)->add(items[k], items[k + 1]);
    }
}

void PickleMachine::stack_global() {
    const Pickled name = pop(), module = pop();
    const auto* last = std::get_if<std::string_view>(&name);
    const auto* first = std::get_if<std::string_view>(&module);
    if (first == nullptr || last == nullptr)
        throw InputError(concat("the name ", shown(module), ", ", shown(name), " is no text"));
    push(known_name(*first, *last, store_));
}

void PickleMachine::reduce() {
    const Pickled arguments = pop(), target = pop();
    auto* const* name = std::get_if<const PickledName*>(&target);
    auto* const* sequence = std::get_if<PickledSequence*>(&arguments);
    if (name == nullptr || sequence == nullptr || (*sequence)->is_list)
        throw InputError("a call of something that is not a known name");
    push(pickled_call(**name, (*sequence)->items, store_));
}

void PickleMachine::new_object() {
    const Pickled arguments = pop(), target = pop();
    auto* const* name = std::get_if<const PickledName*>(&target);
    if (name == nullptr || !is_script_class((*name)->name))
        throw InputError("an object of something that is not a TorchScript class");
    auto* const* sequence = std::get_if<PickledSequence*>(&arguments);
    if (sequence == nullptr || (*sequence)->is_list || !(*sequence)->items.empty())
        throw InputError(concat("an object of ", (*name)->name, " with arguments"));
    push(store_.object((*name)->name));
}

void PickleMachine::build() {
    const Pickled state = pop(), target = top_value();
    if (auto* const* object = std::get_if<PickledObject*>(&target)) {
        (*object)->state = state;
    } else if (!std::holds_alternative<PickledMapping*>(target) && !std::holds_alternative<const PickledName*>(target)) {
        throw InputError(concat("a state for a ", kind_name(target)));
    }
}

void PickleMachine::put(std::uint64_t index) {
    const Pickled value = top_value();
    const auto [entry, is_new] = memo_.insert_or_assign(index, value);
    if (is_new) store_.account(memo_bytes);
}

void PickleMachine::get(std::uint64_t index) {
    const auto entry = memo_.find(index);
    if (entry == memo_.end()) throw InputError(concat("memo entry ", index, " is not set"));
    push(entry->second);
}

}  // namespace dpmd::importers
