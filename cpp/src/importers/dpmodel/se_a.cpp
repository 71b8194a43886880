#include "importers/dpmodel/descriptors.hpp"
#include "importers/dpmodel/embedding_nets.hpp"
#include "importers/dpmodel/environment.hpp"

namespace dpmd::importers {

SeA read_se_a(const Section& section) {
    SeA out;
    out.environment = read_environment(section, 4);
    out.embedding = read_embedding_nets(section, out.environment);
    out.axis_neuron = section.integer("axis_neuron");
    return out;
}

}  // namespace dpmd::importers
