#pragma once
// One frame of a trajectory, and the text formats it is written in. Atoms are in the order of their ids, 0 to n - 1.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dpmd/box.hpp"
#include "io/record_file.hpp"
#include "math/matrix3.hpp"

namespace dpmd {

struct Frame {
    std::int64_t step = 0;
    std::int64_t run_id = 0;  ///< extxyz only
    double time = 0;          ///< fs
    double energy = 0;        ///< potential energy, eV
    Box box;
    Matrix3 lattice = identity3;  ///< the cell of `box`, completed by unit vectors in open directions; Å
    Matrix3 inverse_lattice = identity3;
    std::span<const std::string> names;        ///< [n_types]
    std::span<const double> masses;            ///< [n_types] atomic mass units; extxyz needs them with velocities
    std::span<const std::int32_t> types;       ///< [n]
    const double* positions = nullptr;         ///< [n][3] Å, unwrapped
    const double* velocities = nullptr;        ///< [n][3] Å/fs, or null
    const double* forces = nullptr;            ///< [n][3] eV/Å, or null
    const double* force_deviations = nullptr;  ///< [n] eV/Å, or null; extxyz only
    std::span<const std::int32_t> fixed;       ///< atoms that do not move, ascending; extxyz only
    const Matrix3* virial = nullptr;           ///< eV, or null; extxyz only
};

class FrameFormat {
public:
    virtual ~FrameFormat() = default;
    /// The whole lines at the beginning of a file, before its first frame.
    virtual std::string_view header() const { return {}; }
    /// Appends the frame to `out`.
    virtual void write(const Frame& frame, std::string& out) const = 0;
    /// Skips over one frame of n_atoms atoms; returns nothing when it is incomplete or not in this format.
    virtual std::optional<Record> read(LineReader& lines, std::int64_t n_atoms) const = 0;
};

/// Extended XYZ as ASE and OVITO read it. The comment line has the energy (eV), step, time (fs) and run_id, and with a
/// virial also ASE's stress (eV/Å^3) where all directions are periodic. Velocities take three columns: `momenta` and
/// `masses`, which ASE reads, in its units, and `velo`, which OVITO reads, in Å/fs. Where atoms are fixed, the column
/// move_mask is F for them and T for others, as in ASE.
class ExtendedXyz final : public FrameFormat {
public:
    void write(const Frame& frame, std::string& out) const override;
    std::optional<Record> read(LineReader& lines, std::int64_t n_atoms) const override;
};

/// LAMMPS text dump in metal units (velocities in Å/ps), ids and types from 1, positions unwrapped. LAMMPS wants the
/// first cell vector along x and the second in the xy plane: any other cell is rotated, and its atoms with it. Throws
/// InputError for a left-handed cell. `time`: the file holds units and times (ps), as with `dump_modify units yes time
/// yes`.
class LammpsDump final : public FrameFormat {
public:
    explicit LammpsDump(bool time = false) : time_(time) {}
    std::string_view header() const override { return time_ ? "ITEM: UNITS\nmetal\n" : ""; }
    void write(const Frame& frame, std::string& out) const override;
    std::optional<Record> read(LineReader& lines, std::int64_t n_atoms) const override;

private:
    bool time_;
};

}  // namespace dpmd
