// A function outside of the names in which own_symbols.cmake expects all symbols, beside one inside.
namespace dpmd {
double leaked(double x) { return x * x; }
}  // namespace dpmd

namespace dpmd::cpu {
double used(double x) { return leaked(x); }
}  // namespace dpmd::cpu
