#include "emulator/device_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "emulator/emulator.hpp"
#include "emulator/runtime.hpp"
#include "emulator/sanitizers.hpp"

namespace dpmd::emulator {
namespace {

constexpr std::size_t guard_bytes = 256;  // the alignment, too
constexpr unsigned char guard_byte = 0xa5, fresh_byte = 0xff;

using Address = std::uintptr_t;
Address address(const void* pointer) { return reinterpret_cast<Address>(pointer); }

/// Blocks of one kind, by their first address; a block of n bytes is [guard | n bytes | guard and padding to the
/// alignment].
class Registry {
public:
    unsigned char* add(std::size_t bytes) {
        const std::size_t tail = tail_bytes(bytes);
        auto* whole = static_cast<unsigned char*>(std::aligned_alloc(guard_bytes, guard_bytes + bytes + tail));
        if (whole == nullptr) return nullptr;
        unsigned char* begin = whole + guard_bytes;
        std::memset(whole, guard_byte, guard_bytes);
        std::memset(begin, fresh_byte, bytes);
        std::memset(begin + bytes, guard_byte, tail);
        sanitizer::forbid(whole, guard_bytes);
        sanitizer::forbid(begin + bytes, tail);
        bytes_at_[address(begin)] = bytes;
        total_ += bytes;
        return begin;
    }

    bool remove(void* pointer, bool* damaged) {
        const auto found = bytes_at_.find(address(pointer));
        if (found == bytes_at_.end()) return false;
        const std::size_t bytes = found->second;
        auto* begin = static_cast<unsigned char*>(pointer);
        sanitizer::allow(begin - guard_bytes, guard_bytes);
        sanitizer::allow(begin + bytes, tail_bytes(bytes));
        *damaged = !intact(begin, bytes);
        std::free(begin - guard_bytes);
        total_ -= bytes;
        bytes_at_.erase(found);
        return true;
    }

    /// Whether [from, from + bytes) lies in one block; its end counts as inside.
    bool holds(Address from, std::size_t bytes) const {
        auto block = bytes_at_.upper_bound(from);
        if (block == bytes_at_.begin()) return false;
        --block;
        const std::size_t offset = from - block->first;
        return offset <= block->second && bytes <= block->second - offset;
    }
    bool touches(Address from, std::size_t bytes) const {
        const auto block = bytes_at_.lower_bound(from + bytes);  // the first that begins after the range
        if (block == bytes_at_.begin()) return false;
        const auto [begin, size] = *std::prev(block);
        return from < begin + size;
    }
    /// Bytes of the first block whose guards were written to, or 0. AddressSanitizer sees such writes itself.
    std::size_t first_damaged() const {
        if (sanitizer::finds_overruns) return 0;
        for (const auto& [begin, bytes] : bytes_at_)
            if (!intact(reinterpret_cast<const unsigned char*>(begin), bytes)) return bytes;
        return 0;
    }
    std::size_t total() const { return total_; }
    std::size_t size() const { return bytes_at_.size(); }

private:
    static std::size_t tail_bytes(std::size_t bytes) {
        return guard_bytes + (guard_bytes - bytes % guard_bytes) % guard_bytes;
    }
    static bool intact(const unsigned char* begin, std::size_t bytes) {
        const auto is_guard = [](unsigned char byte) { return byte == guard_byte; };
        return std::all_of(begin - guard_bytes, begin, is_guard) &&
               std::all_of(begin + bytes, begin + bytes + tail_bytes(bytes), is_guard);
    }

    std::map<Address, std::size_t> bytes_at_;
    std::size_t total_ = 0;
};

struct Memory {
    std::mutex mutex;
    Registry device, pinned;
    std::size_t n_damaged = 0;
};
Memory& memory() {
    static Memory instance;
    return instance;
}

Status add(Registry& registry, void** pointer, std::size_t bytes, std::size_t limit) {
    if (const Status status = check_device(); status != Status::success) return status;
    if (const Status status = forbid_in_capture("allocation"); status != Status::success) return status;
    *pointer = nullptr;
    if (bytes == 0) return Status::success;
    const std::lock_guard lock(memory().mutex);
    if (bytes <= limit && registry.total() <= limit - bytes) *pointer = registry.add(bytes);
    if (*pointer != nullptr) return Status::success;
    return fail(Status::out_of_memory, "out of memory: " + std::to_string(bytes) + " bytes more than the " +
                                           std::to_string(registry.total()) + " in use, of " + std::to_string(limit));
}

Status remove(Registry& registry, void* pointer) {
    if (const Status status = forbid_in_capture("release"); status != Status::success) return status;
    if (pointer == nullptr) return Status::success;
    const std::lock_guard lock(memory().mutex);
    bool damaged = false;
    if (!registry.remove(pointer, &damaged)) return fail(Status::invalid_value, "release of what was not allocated");
    if (!damaged) return Status::success;
    ++memory().n_damaged;
    return fail(Status::memory_damaged, "bytes around an allocation were written to before its release");
}

}  // namespace

Status allocate(void** pointer, std::size_t bytes) {
    return add(memory().device, pointer, bytes, options().memory_bytes);
}
Status release(void* pointer) { return remove(memory().device, pointer); }
Status allocate_pinned(void** pointer, std::size_t bytes) { return add(memory().pinned, pointer, bytes, SIZE_MAX / 2); }
Status release_pinned(void* pointer) { return remove(memory().pinned, pointer); }

Status memory_info(std::size_t* free, std::size_t* total) {
    if (const Status status = check_device(); status != Status::success) return status;
    *total = options().memory_bytes;
    *free = *total - std::min(*total, allocated_bytes());
    return Status::success;
}

bool is_on_device(const void* pointer, std::size_t bytes) {
    const std::lock_guard lock(memory().mutex);
    return memory().device.holds(address(pointer), bytes);
}
bool is_on_host(const void* pointer, std::size_t bytes) {
    const std::lock_guard lock(memory().mutex);
    return !memory().device.touches(address(pointer), bytes);
}
bool is_kernel_argument(const void* pointer) {
    if (pointer == nullptr) return true;
    const std::lock_guard lock(memory().mutex);
    return memory().device.holds(address(pointer), 0) || memory().pinned.holds(address(pointer), 0);
}

std::string find_damage() {
    const std::lock_guard lock(memory().mutex);
    const std::size_t bytes = memory().device.first_damaged();
    return bytes == 0 ? "" : "bytes around an allocation of " + std::to_string(bytes) + " bytes were written to";
}

std::size_t allocated_bytes() {
    const std::lock_guard lock(memory().mutex);
    return memory().device.total();
}
std::size_t n_allocations() {
    const std::lock_guard lock(memory().mutex);
    return memory().device.size();
}
std::size_t n_pinned_allocations() {
    const std::lock_guard lock(memory().mutex);
    return memory().pinned.size();
}
std::size_t n_damaged_allocations() {
    const std::lock_guard lock(memory().mutex);
    return memory().n_damaged;
}

}  // namespace dpmd::emulator
