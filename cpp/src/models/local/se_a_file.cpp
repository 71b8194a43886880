#include "models/document.hpp"
#include "models/local/embedding_nets_file.hpp"
#include "models/local/environment_file.hpp"
#include "models/local/se_a.hpp"

namespace dpmd {

void read(const Entry& entry, int n_types, SeA& out) {
    out.environment = read_environment(entry.at("environment"), n_types, 4);
    out.embedding = read_embedding_nets(entry.at("embedding"), n_types);
    const Entry axis = entry.at("axis_neuron");
    const int n_channels = out.embedding.n_channels();
    out.axis_neuron = axis.integer(1, n_channels);
    axis.require(out.axis_neuron <= max_layer_width / n_channels, " = ", out.axis_neuron, " with ", n_channels,
                 " channels gives more features than the ", max_layer_width, " inputs of a fitting net");
}

void write(NewObject& out, const SeA& descriptor) {
    write(out.at("environment"), descriptor.environment);
    write(out.at("embedding"), descriptor.embedding);
    out.at("axis_neuron").integer(descriptor.axis_neuron);
}

}  // namespace dpmd
