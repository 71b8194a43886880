#pragma once
// Symbols are hidden by default; those that other modules may use carry DPMD_API.
#define DPMD_API __attribute__((visibility("default")))
