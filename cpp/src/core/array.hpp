#pragma once
// Array<T> owns memory from a Memory (host or device), std::span<T> refers to it.
#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/memory.hpp"

namespace dpmd {

/// A growable array of plain values, aligned to 64 bytes. Growth discards the contents unless asked to keep them, new
/// elements are not initialised and the capacity never shrinks, so a step allocates nothing once warm.
template <class T>
class Array {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    explicit Array(Memory& memory = host_memory()) : memory_(&memory) {}
    explicit Array(std::size_t n, Memory& memory = host_memory()) : memory_(&memory) { resize_discard(n); }
    Array(Array&& other) noexcept { swap(other); }
    Array& operator=(Array&& other) noexcept {
        swap(other);
        return *this;
    }
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;
    ~Array() { release(); }

    /// Sets the size; the contents are undefined afterwards when it had to grow.
    void resize_discard(std::size_t n) {
        if (n > capacity_) {
            release();
            constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
            data_ = static_cast<T*>(memory_->allocate(n < most / sizeof(T) ? n * sizeof(T) : most));
            capacity_ = n;
        }
        size_ = n;
    }

    /// Like resize_discard, with a tenth more capacity, for sizes that fluctuate.
    void resize_with_slack(std::size_t n) {
        if (n > capacity_) resize_discard(n + n / 10 + 16);
        size_ = n;
    }

    /// Sets size and contents from host memory.
    void copy_in(std::span<const T> from_host) {
        resize_discard(from_host.size());
        memory_->copy_in(data_, from_host.data(), from_host.size_bytes());
    }
    void copy_out(T* to_host) const { memory_->copy_out(to_host, data_, size_ * sizeof(T)); }
    std::vector<T> on_host() const {
        std::vector<T> out(size_);
        copy_out(out.data());
        return out;
    }

    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    std::size_t bytes() const { return capacity_ * sizeof(T); }
    bool empty() const { return size_ == 0; }
    T* data() { return data_; }
    const T* data() const { return data_; }
    /// An element; for arrays in host memory only.
    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    const T* begin() const { return data_; }
    const T* end() const { return data_ + size_; }
    std::span<T> span() { return {data_, size_}; }
    std::span<const T> span() const { return {data_, size_}; }
    /// For arrays in host memory only.
    void fill(const T& value) { std::fill(begin(), end(), value); }

private:
    void release() {
        if (data_ != nullptr) memory_->deallocate(data_);
        data_ = nullptr;
        capacity_ = size_ = 0;
    }
    void swap(Array& other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

    Memory* memory_ = &host_memory();
    T* data_ = nullptr;
    std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace dpmd
