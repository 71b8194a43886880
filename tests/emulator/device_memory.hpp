#pragma once
// Device memory: host memory that knows that it is not. Every block is aligned as a device aligns it, filled with 0xff
// (NaN, -1) and has guard bytes before and behind.
#include <cstddef>
#include <string>

#include "emulator/status.hpp"

namespace dpmd::emulator {

Status allocate(void** pointer, std::size_t bytes);
Status release(void* pointer);
Status allocate_pinned(void** pointer, std::size_t bytes);
Status release_pinned(void* pointer);
Status memory_info(std::size_t* free, std::size_t* total);

/// Whether the range lies within one block of device memory.
bool is_on_device(const void* pointer, std::size_t bytes);
/// Whether no byte of the range is device memory.
bool is_on_host(const void* pointer, std::size_t bytes);
/// Whether a kernel may get the pointer: null, in device memory or at its end, or pinned.
bool is_kernel_argument(const void* pointer);

/// Empty, or which allocation was written past, of all that live.
std::string find_damage();

}  // namespace dpmd::emulator
