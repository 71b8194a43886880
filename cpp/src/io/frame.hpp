#pragma once
// One frame of a trajectory, and the text formats it is written in. Atoms stand in the order of their ids, 0 to n - 1.
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "dpmd/box.hpp"
#include "io/record_file.hpp"
#include "math/matrix3.hpp"

namespace dpmd {

struct Frame {
    std::int64_t step = 0;
    double time = 0;    ///< fs
    double energy = 0;  ///< potential energy, eV
    Box box;
    Matrix3 lattice = identity3;  ///< of `box`, open directions completed by unit vectors; Å
    Matrix3 inverse_lattice = identity3;
    std::span<const std::string> names;        ///< [n_types]
    std::span<const std::int32_t> types;       ///< [n]
    const double* positions = nullptr;         ///< [n][3] Å, unwrapped
    const double* velocities = nullptr;        ///< [n][3] Å/fs, or null
    const double* forces = nullptr;            ///< [n][3] eV/Å, or null
    const double* force_deviations = nullptr;  ///< [n] eV/Å, or null; extxyz only
    std::span<const std::int32_t> fixed;       ///< atoms that do not move, ascending; extxyz only
};

class FrameFormat {
public:
    virtual ~FrameFormat() = default;
    /// Appends the frame to `out`.
    virtual void write(const Frame& frame, std::string& out) const = 0;
    /// Reads over one frame of n_atoms atoms; its step, or nothing when it is not whole or not of this kind.
    virtual std::optional<std::int64_t> read(LineReader& lines, std::int64_t n_atoms) const = 0;
};

/// Extended XYZ: energy (eV), step and time (fs) in the comment line; velocities in Å/fs. Where atoms are fixed, the
/// column move_mask is F for them and T for others, as ASE has it.
class ExtendedXyz final : public FrameFormat {
public:
    void write(const Frame& frame, std::string& out) const override;
    std::optional<std::int64_t> read(LineReader& lines, std::int64_t n_atoms) const override;
};

/// LAMMPS text dump in metal units (velocities in Å/ps), ids and types from 1, positions unwrapped. LAMMPS wants the
/// first cell vector along x and the second in the xy plane: any other cell is rotated, and its atoms with it.
/// InputError for a left-handed cell.
class LammpsDump final : public FrameFormat {
public:
    void write(const Frame& frame, std::string& out) const override;
    std::optional<std::int64_t> read(LineReader& lines, std::int64_t n_atoms) const override;
};

}  // namespace dpmd
