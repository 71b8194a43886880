#pragma once
// What AddressSanitizer must be told: forbidden bytes and switches of stacks. Without it these functions do nothing.
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define DPMD_EMULATOR_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DPMD_EMULATOR_ASAN 1
#endif
#endif

#ifdef DPMD_EMULATOR_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace dpmd::emulator::sanitizer {

#ifdef DPMD_EMULATOR_ASAN
inline constexpr bool finds_overruns = true;

inline void forbid(const void* at, std::size_t bytes) { __asan_poison_memory_region(at, bytes); }
inline void allow(const void* at, std::size_t bytes) { __asan_unpoison_memory_region(at, bytes); }
inline void before_switch(void** frames_left, const void* to_stack, std::size_t bytes) {
    __sanitizer_start_switch_fiber(frames_left, to_stack, bytes);
}
inline void after_switch(void* frames_left, const void** from_stack, std::size_t* bytes) {
    __sanitizer_finish_switch_fiber(frames_left, from_stack, bytes);
}
#else
inline constexpr bool finds_overruns = false;

inline void forbid(const void*, std::size_t) {}
inline void allow(const void*, std::size_t) {}
inline void before_switch(void**, const void*, std::size_t) {}
inline void after_switch(void*, const void**, std::size_t*) {}
#endif

}  // namespace dpmd::emulator::sanitizer
