#pragma once
#include <string>

namespace dpmd {

/// What compression did to a model, for people to read.
struct CompressionReport {
    double tolerance = 0;    ///< largest force error asked for, eV/Å
    double value_error = 0;  ///< largest deviation of a channel of any net, from where its table begins to the cutoff
    double slope_error = 0;  ///< the same of its derivative with respect to the distance, 1/Å
    double force_error = 0;  ///< largest deviation of a force on the probe structures, eV/Å
    double force_rms = 0;    ///< root mean square force there, eV/Å
    int n_probe_atoms = 0;
    std::string refusal;  ///< why the networks stay as trained; empty: compressed
};

}  // namespace dpmd
