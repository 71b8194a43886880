#include "importers/dpmodel/descriptors.hpp"
#include "importers/dpmodel/embedding_nets.hpp"
#include "importers/dpmodel/environment.hpp"

namespace dpmd::importers {

SeR read_se_r(const Section& section) {
    SeR out;
    out.environment = read_environment(section, 1);
    out.embedding = read_embedding_nets(section, out.environment);
    return out;
}

}  // namespace dpmd::importers
