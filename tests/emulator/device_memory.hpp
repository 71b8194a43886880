#pragma once
// Device memory: host memory that is tracked as if it were a device's. Every block is aligned as on a device, filled
// with 0xff (NaN, -1), and has guard bytes before and after it.
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
/// Whether a kernel may take the pointer: null, in device memory or at its end, or pinned.
bool is_kernel_argument(const void* pointer);

/// Empty, or which of the live allocations was written past.
std::string find_damage();

}  // namespace dpmd::emulator
