#pragma once
// A trained Deep Potential, loaded and ready: energies, forces and virials of atoms.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpmd/box.hpp"
#include "dpmd/communicator.hpp"
#include "dpmd/errors.hpp"
#include "dpmd/export.hpp"

namespace dpmd {

/// How a model is loaded.
struct PotentialOptions {
    std::string device = "cpu";  ///< "cpu", "cuda:0", "hip:1", or "auto": the first GPU, else the CPU
    /// Of the nets: "double", "mix32", "mix16"; on a GPU also "mix32-3xtf32" and "mix32-tf32", matrix products of
    /// numbers of 21 and of 10 bits.
    std::string precision = "double";
    int threads = 0;                 ///< 0: as OMP_NUM_THREADS says, or all cores
    std::string overflow = "error";  ///< more neighbours than sel: "error", or "keep_nearest" as DeePMD-kit does
    std::string instruction_set;     ///< force one ("sse2", "avx2", "avx512", "neon"); empty: DPMD_ISA or the best
    double skin = 0;                 ///< Å by which neighbour lists are kept too long, to serve several calls
    std::string compress = "off";    ///< "off": the exact nets; "moment": tables in a reduced basis; "table": tables
    double tolerance = 0;            ///< largest force error of compression, eV/Å; 0: what suits the precision
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

/// What the nets make of each atom on the way to its energy; zeros for virtual atoms.
struct Description {
    int n_descriptor = 0;             ///< channels of the embedding net x axis neurons
    int n_hidden = 0;                 ///< neurons of the fitting net's last hidden layer, the widest of all types
    std::vector<double> descriptors;  ///< [n][n_descriptor], channels in rows, axis neurons in columns
    std::vector<double> hidden;       ///< [n][n_hidden]
};

/// What a model is.
struct ModelInfo {
    std::vector<std::string> type_map;
    double cutoff = 0;  ///< Å
    std::vector<int> sel;
    int n_fparam = 0, n_aparam = 0;
    std::optional<double> min_neighbor_distance;  ///< Å
    std::string metadata;                         ///< the JSON document of the .dpmd file
};

/// What compression at load did (docs/compression.md).
struct CompressionInfo {
    bool active = false;
    std::string refusal;          ///< why the exact nets are used although compression was asked for
    double tolerance = 0;         ///< largest force error asked for, eV/Å
    double force_error = 0;       ///< largest force error found on the probe structure, eV/Å
    double value_error = 0;       ///< largest deviation of a channel of the embedding nets, over the whole range
    double slope_error = 0;       ///< the same of its derivative with respect to the distance, 1/Å
    int n_probe_atoms = 0;        ///< of that structure
    double nearest = 0;           ///< Å; atoms with nearer neighbours take the exact nets
    std::size_t table_bytes = 0;  ///< of all tables, in the precision in use
    std::vector<int> n_basis;     ///< [n_types] K, of n_channels
    std::vector<int> n_features;  ///< [n_types] inputs of the fitting net in place of n_descriptor
    int n_channels = 0, n_descriptor = 0;
    std::vector<double> mflop_uncompressed, mflop_table, mflop;  ///< [n_types] per atom with `n_neighbors` neighbours
    double n_neighbors = 0;
};

struct StageTime {
    std::string stage;  ///< "neighbors", "environment", "embedding", "descriptor", "fitting", "forces"
    double seconds = 0;
};

class ForceEngine;
class HostListEngine;

/// Threads may share one: calls that compute, or that tell what computing has done so far, take turns. All others may
/// be made at any time.
class DPMD_API Potential {
public:
    /// Reads a .dpmd file. InputError: not a model, or an option that does not exist. DeviceError: no such device.
    explicit Potential(const std::string& path, const PotentialOptions& options = {});
    /// The same from the bytes of a .dpmd file; `name` stands in error messages.
    Potential(std::span<const std::byte> file, const std::string& name, const PotentialOptions& options = {});
    ~Potential();
    Potential(Potential&&) noexcept;
    Potential& operator=(Potential&&) noexcept;

    const ModelInfo& info() const;
    const PotentialOptions& options() const;
    int n_threads() const;
    /// "cpu", or the GPU: "cuda:0".
    std::string device() const;
    /// The instruction set or GPU architecture the kernels run in.
    std::string kernels() const;
    /// On a GPU: which units multiply in which layer, and how fast each was when that was measured; a line each.
    std::string choices() const;
    /// Memory held, bytes.
    std::size_t bytes() const;
    const CompressionInfo& compression() const;
    /// Atoms that took the exact nets in the last call, because others were nearer than the tables reach.
    std::int64_t n_fallback() const;
    /// How often all calls so far have built the neighbour list.
    std::int64_t n_list_builds() const;
    /// Where the time of all calls so far went, by stage; forwards and backwards together, summed over threads.
    std::vector<StageTime> stage_times() const;

    /// Energy, forces and virial of one frame; per-atom virials on request.
    Result compute(const Atoms& atoms, bool atom_virials = false);

    /// Descriptors and last hidden layer of one frame's atoms, by the exact nets. A GPU leaves this to the CPU.
    Description describe(const Atoms& atoms);

    /// For a simulation: an engine of its own for the same model, on a backend of its own on the same device, so that
    /// the two may run at the same time. Each rank makes one.
    std::unique_ptr<ForceEngine> make_engine(double skin,
                                             std::shared_ptr<Communicator> ranks = make_single_rank()) const;

    /// Makes this model one more of an engine's.
    void join(ForceEngine& engine) const;

    /// For a host code with ghosts and neighbour lists of its own: an engine for these models, on one backend on the
    /// device of the first.
    static std::unique_ptr<HostListEngine> make_host_list_engine(std::span<const Potential* const> models);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// A GPU, or a kind of GPU of which none can be used.
struct Device {
    std::string name;          ///< as PotentialOptions::device takes it: "cuda:0"; of a kind without devices "cuda"
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

/// Every ordered pair within the cutoff, all periodic images included, by centre, then distance. For analysis.
DPMD_API Neighbors neighbor_list(std::span<const double> positions, const Box& box, double cutoff, int threads = 0);

}  // namespace dpmd
