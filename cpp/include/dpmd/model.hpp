#pragma once
// A trained model in memory, read once and shared by everything that computes with it.
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpmd/errors.hpp"
#include "dpmd/export.hpp"

namespace dpmd {

/// How a model is loaded.
struct ModelOptions {
    /// The arithmetic of the networks: "double", "mix32", "mix16"; on a GPU also "mix32-3xtf32" and "mix32-tf32", whose
    /// matrix products take numbers of 21 and of 10 bits.
    std::string precision = "double";
    std::string overflow = "error";  ///< more neighbours than sel: "error", or "keep_nearest" as DeePMD-kit does
    std::string compress = "off";    ///< "off": the networks as trained; "moment", "table": see docs/compression.md
    double tolerance = 0;            ///< largest force error of compression, eV/Å; 0: what suits the precision
    int threads = 0;                 ///< for compression; 0: as OMP_NUM_THREADS says, or all cores
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
    std::string refusal;          ///< why the networks as trained are used although compression was asked for
    double tolerance = 0;         ///< largest force error asked for, eV/Å
    double force_error = 0;       ///< largest force error found on the probe structure, eV/Å
    double value_error = 0;       ///< largest deviation of a channel of the embedding nets, over the whole range
    double slope_error = 0;       ///< the same for its derivative with respect to the distance, 1/Å
    int n_probe_atoms = 0;        ///< atoms in that structure
    double nearest = 0;           ///< Å; atoms with nearer neighbours take the fallback: the networks as trained
    std::size_t table_bytes = 0;  ///< size of all tables in the precision in use
    std::vector<int> n_basis;     ///< [n_types] size K of the reduced basis, out of n_channels
    std::vector<int> n_features;  ///< [n_types] inputs of the fitting net, instead of n_descriptor
    int n_channels = 0, n_descriptor = 0;
    std::vector<double> mflop_uncompressed, mflop_table, mflop;  ///< [n_types] per atom with `n_neighbors` neighbours
    double n_neighbors = 0;
};

struct RunnableModel;

/// Copies share the data, which never changes, so any number of threads and simulations may use a model at once.
class DPMD_API Model {
public:
    /// Reads a .dpmd file, or one of DeePMD-kit; of these, .dp, .hlo and .yaml are converted once, by the dpmd command,
    /// and kept in a cache (docs/embedding.md). Throws InputError when it is not a model, cannot be converted, or an
    /// option does not exist.
    explicit Model(const std::string& path, const ModelOptions& options = {});
    /// The same from the bytes of such a file; error messages call it `name`.
    Model(std::span<const std::byte> file, const std::string& name, const ModelOptions& options = {});

    /// The same model with another overflow policy; it shares the data.
    Model with_overflow(const std::string& overflow) const;

    const ModelInfo& info() const;
    const ModelOptions& options() const;
    const CompressionInfo& compression() const;
    /// The memory that the weights and tables take, bytes. Everything that computes with the model adds a packed copy.
    std::size_t bytes() const;

    /// For the engines inside the library.
    const RunnableModel& runnable() const;

private:
    struct Implementation;
    std::shared_ptr<const Implementation> implementation_;
};

}  // namespace dpmd
