#pragma once
// How many atoms a volume can hold.

namespace dpmd {

/// No matter has more atoms per volume, 1/Å^3: hydrogen at 16 g/cm^3, a hundred times as dense as most. A higher
/// density comes from a wrong unit or from atoms piled up by mistake, and would cost time and memory that grow with its
/// square.
inline constexpr double densest_matter = 10;

}  // namespace dpmd
