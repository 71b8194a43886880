#pragma once
// A trained model on a device: energies, forces and virials of atoms.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dpmd/box.hpp"
#include "dpmd/errors.hpp"
#include "dpmd/export.hpp"
#include "dpmd/model.hpp"

namespace dpmd {

/// Where a model runs, and with which resources.
struct RunOptions {
    std::string device = "cpu";        ///< "cpu", "cuda:0", "hip:1", or "auto": the first GPU, else the CPU
    int threads = 0;                   ///< 0: as OMP_NUM_THREADS says, or all cores
    std::string instruction_set = {};  ///< "sse2", "avx2", "avx512" or "neon"; empty: DPMD_ISA, or the best
    double skin = 0;                   ///< Å by which neighbour lists reach beyond the cutoff, to serve several calls
};

/// How a file becomes a potential: the options of its model, and where that runs. `threads` is for both.
struct PotentialOptions : ModelOptions {
    std::string device = "cpu";
    std::string instruction_set = {};
    double skin = 0;

    RunOptions run() const { return {device, threads, instruction_set, skin}; }
};

/// Atoms of one frame; every array is borrowed.
struct Atoms {
    std::span<const double> positions;    ///< [n][3] Å, need not lie in the box
    std::span<const std::int32_t> types;  ///< [n], -1: a virtual atom, without energy or force
    Box box;
    std::span<const double> fparam;  ///< [n_fparam]; empty: the model's default
    std::span<const double> aparam;  ///< [n][n_aparam]
};

/// Signs and layout are DeePMD-kit's: virial = sum_i F_i (x) r_i, row-major; an atomic virial belongs to the neighbour.
struct Result {
    double energy = 0;                  ///< eV
    std::vector<double> forces;         ///< [n][3] eV/Å
    std::array<double, 9> virial{};     ///< eV
    std::vector<double> atom_energies;  ///< [n] eV
    std::vector<double> atom_virials;   ///< [n][9] eV; empty unless asked for
};

/// What the networks compute for each atom on the way to its energy; zeros for virtual atoms.
struct Description {
    int n_descriptor = 0;             ///< channels of the embedding net x axis neurons
    int n_hidden = 0;                 ///< neurons of the fitting net's last hidden layer, the widest of all types
    std::vector<double> descriptors;  ///< [n][n_descriptor], channels in rows, axis neurons in columns
    std::vector<double> hidden;       ///< [n][n_hidden]
};

struct StageTime {
    std::string stage;  ///< "neighbors", "environment", "embedding", "descriptor", "fitting", "forces"
    double seconds = 0;
};

/// A model and where it runs. Errors in the options are reported at once; the neighbour list, the packed weights and
/// the device's memory are set up by the first calculation. Threads may share a Potential: calls that compute, or that
/// report on what has been computed so far, take turns. All others may be made at any time.
class DPMD_API Potential {
public:
    /// Throws InputError for an option that does not exist or a precision that the device does not have, and
    /// DeviceError when there is no such device.
    explicit Potential(Model model, const RunOptions& options = {});
    /// Reads the file of a model. Throws as above and as Model does.
    explicit Potential(const std::string& path, const PotentialOptions& options = {});
    /// The same from the bytes of such a file; error messages call it `name`.
    Potential(std::span<const std::byte> file, const std::string& name, const PotentialOptions& options = {});
    ~Potential();
    Potential(Potential&&) noexcept;
    Potential& operator=(Potential&&) noexcept;

    /// Others may compute with it, too, without loading it again.
    const Model& model() const;
    const ModelInfo& info() const { return model().info(); }
    const CompressionInfo& compression() const { return model().compression(); }
    const RunOptions& options() const;
    int n_threads() const;
    /// "cpu", or the name of the GPU: "cuda:0".
    std::string device() const;
    /// The instruction set or GPU architecture that the kernels use.
    std::string kernels() const;
    /// On a GPU: which units multiply in which layer, and how fast each was when measured, one line each. This copies
    /// the weights to the GPU.
    std::string choices() const;
    /// Memory held, bytes: the model, which others may share, and, once something has been computed, its packed
    /// weights, lists and scratch.
    std::size_t bytes() const;
    /// Atoms that took the fallback in the last call, because they had neighbours nearer than the compression tables
    /// reach.
    std::int64_t n_fallback() const;
    /// How often all calls so far have built the neighbour list.
    std::int64_t n_list_builds() const;
    /// Where the time of all calls so far went, by stage; forwards and backwards together, summed over threads.
    std::vector<StageTime> stage_times() const;

    /// Energy, forces and virial of one frame; per-atom virials on request.
    Result compute(const Atoms& atoms, bool atom_virials = false);

    /// Descriptors and last hidden layer of one frame's atoms, from the networks as trained. A GPU leaves this to the
    /// CPU.
    Description describe(const Atoms& atoms);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// A GPU, or a kind of GPU of which none can be used.
struct Device {
    std::string name;          ///< as RunOptions::device takes it: "cuda:0"; just "cuda" for a kind without devices
    std::string product;       ///< "NVIDIA H200"
    std::string architecture;  ///< "sm_90"
    std::size_t memory_bytes = 0;
    std::string unusable;  ///< why it cannot be used; empty: it can
};

/// The GPUs of this machine, and for each kind without one the reason.
DPMD_API std::vector<Device> devices();

/// Instruction sets this CPU can run, slowest first.
DPMD_API std::vector<std::string> instruction_sets();

/// One neighbour of one atom.
struct Neighbors {
    std::vector<std::int32_t> center, neighbor;  ///< [n_pairs]
    std::vector<std::int32_t> shift;             ///< [n_pairs][3] lattice vectors added to the neighbour
    std::vector<double> distance;                ///< [n_pairs] Å
};

/// Every ordered pair within the cutoff, including all periodic images, sorted by centre, then distance. For analysis.
DPMD_API Neighbors neighbor_list(std::span<const double> positions, const Box& box, double cutoff, int threads = 0);

}  // namespace dpmd
