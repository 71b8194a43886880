#pragma once
// A fiber: a separate stack that can be entered and left at will.
#include <boost/context/detail/fcontext.hpp>
#include <cstddef>

#include "emulator/sanitizers.hpp"

namespace dpmd::emulator {

struct Stack {
    unsigned char* bottom = nullptr;
    std::size_t bytes = 0;
};

/// Stacks one after the other; an inaccessible page below each turns an overflow into a machine fault.
class Stacks {
public:
    Stacks() = default;
    ~Stacks();
    Stacks(const Stacks&) = delete;
    Stacks& operator=(const Stacks&) = delete;

    void reserve(int n);
    Stack operator[](int k) const;

private:
    unsigned char* all_ = nullptr;
    int n_ = 0;
};

class Fiber {
public:
    /// Prepares entry(argument), which must not throw, to run at the first resume.
    void prepare(Stack stack, void (*entry)(void*), void* argument) {
        stack_ = stack;
        entry_ = entry;
        argument_ = argument;
        outside_ = nullptr;
        inside_ = boost::context::detail::make_fcontext(stack.bottom + stack.bytes, stack.bytes, enter);
    }

    /// Called from outside: runs the fiber until it suspends or ends.
    void resume() {
        void* frames = nullptr;
        sanitizer::before_switch(&frames, stack_.bottom, stack_.bytes);
        inside_ = boost::context::detail::jump_fcontext(inside_, this).fctx;
        sanitizer::after_switch(frames, nullptr, nullptr);
    }

    bool started() const { return outside_ != nullptr; }

    /// Called from inside.
    void suspend() {
        void* frames = nullptr;
        sanitizer::before_switch(&frames, outer_bottom_, outer_bytes_);
        outside_ = boost::context::detail::jump_fcontext(outside_, nullptr).fctx;
        sanitizer::after_switch(frames, &outer_bottom_, &outer_bytes_);
    }

private:
    static void enter(boost::context::detail::transfer_t from);

    boost::context::detail::fcontext_t inside_ = nullptr, outside_ = nullptr;
    Stack stack_;
    void (*entry_)(void*) = nullptr;
    void* argument_ = nullptr;
    const void* outer_bottom_ = nullptr;
    std::size_t outer_bytes_ = 0;
};

}  // namespace dpmd::emulator
