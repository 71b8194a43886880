#include "emulator/shared_arena.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "emulator/emulator.hpp"
#include "emulator/sanitizers.hpp"

namespace dpmd::emulator {
namespace {

constexpr std::size_t guard_bytes = 64;
constexpr unsigned char guard_byte = 0xa5, fresh_byte = 0xff;

std::size_t rounded(std::size_t bytes) { return (bytes + 15) / 16 * 16; }

/// A piece ends with its last byte, not with the 16 bytes that it is rounded up to.
std::size_t guard_after(std::size_t bytes) { return rounded(bytes) - bytes + guard_bytes; }

}  // namespace

void SharedArena::reset(std::size_t bytes) {
    sanitizer::allow(all_.data(), all_.size());
    bytes_ = bytes;
    for (Piece& piece : pieces_) piece.bytes_and_one.store(0, std::memory_order_relaxed);
    all_.assign(guard_bytes + rounded(bytes) + max_pieces * guard_bytes + 64, fresh_byte);
}

void* SharedArena::take(std::size_t used, int index, std::size_t bytes) {
    if (index >= max_pieces) throw KernelFault("more than " + std::to_string(max_pieces) + " pieces of shared memory");
    if (used + rounded(bytes) > bytes_)
        throw KernelFault("piece " + std::to_string(index) + " of shared memory (" + std::to_string(bytes) +
                          " bytes) behind " + std::to_string(used) + " bytes exceeds the " + std::to_string(bytes_) +
                          " of the launch");
    // Relaxed throughout, so that this code creates no order between threads that could hide a data race.
    Piece& piece = pieces_[static_cast<std::size_t>(index)];
    const auto misalignment = reinterpret_cast<std::uintptr_t>(all_.data()) % 64;
    unsigned char* begin =
        all_.data() + (64 - misalignment) % 64 + used + (static_cast<std::size_t>(index) + 1) * guard_bytes;
    std::size_t taken = 0;
    if (piece.bytes_and_one.compare_exchange_strong(taken, bytes + 1, std::memory_order_relaxed)) {
        piece.begin = begin;
        unsigned char* before = index == 0 ? begin - guard_bytes : begin;
        std::fill(before, begin, guard_byte);
        std::fill_n(begin + bytes, guard_after(bytes), guard_byte);
        sanitizer::forbid(before, static_cast<std::size_t>(begin - before));
        sanitizer::forbid(begin + bytes, guard_after(bytes));
    } else if (taken != bytes + 1) {
        throw KernelFault("threads took different pieces of shared memory: piece " + std::to_string(index) + " has " +
                          std::to_string(taken - 1) + " bytes for one and " + std::to_string(bytes) + " for another");
    }
    return begin;
}

std::string SharedArena::find_damage() {
    sanitizer::allow(all_.data(), all_.size());
    const auto is_guard = [](unsigned char byte) { return byte == guard_byte; };
    for (std::size_t k = 0; k < max_pieces; ++k) {
        const std::size_t taken = pieces_[k].bytes_and_one.load(std::memory_order_relaxed);
        if (taken == 0) break;
        const unsigned char *begin = pieces_[k].begin, *end = begin + taken - 1;
        const std::string piece =
            "piece " + std::to_string(k) + " of shared memory (" + std::to_string(taken - 1) + " bytes)";
        if (k == 0 && !std::all_of(begin - guard_bytes, begin, is_guard))
            return piece + " was written before its begin";
        if (!std::all_of(end, end + guard_after(taken - 1), is_guard)) return piece + " was written past its end";
    }
    return "";
}

}  // namespace dpmd::emulator
