#pragma once
// Symbols are hidden by default; what other modules may use carries DPMD_API.
#define DPMD_API __attribute__((visibility("default")))
