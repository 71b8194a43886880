#include "md/run_identity.hpp"

#include <string>

#include "core/checksum.hpp"
#include "core/text.hpp"
#include "md/describe_ensemble.hpp"
#include "md/model_identity.hpp"

namespace dpmd::md {

std::uint64_t hash_of(const Potential& potential, const SimulationStart& start, const SimulationOptions& options) {
    Checksum checksum;
    checksum.add(std::as_bytes(start.positions));
    checksum.add(std::as_bytes(start.types));
    checksum.add(std::as_bytes(start.velocities));
    checksum.add(std::as_bytes(start.masses));
    checksum.add(std::as_bytes(start.fparam));
    checksum.add(std::as_bytes(start.aparam));
    checksum.add(std::as_bytes(start.fixed));
    checksum.add(std::as_bytes(std::span(start.box.cell)));
    checksum.add(std::as_bytes(std::span(start.box.periodic)));
    const std::string rest = concat(model_form(potential), describe(options.ensemble), " ", options.timestep, " ",
                                    options.skin, " ", options.seed, " ", options.zero_momentum, " ", options.run_id,
                                    " ", model_source(potential.info(), "sha256"));
    checksum.add(std::as_bytes(std::span(rest)));
    return checksum.value();
}

std::int64_t run_id_from(std::uint64_t hash) { return static_cast<std::int64_t>(hash >> 12) + 1; }

std::int64_t run_id_with(std::int64_t run_id, std::span<const std::byte> start) {
    Checksum checksum;
    checksum.add(std::as_bytes(std::span(&run_id, 1)));
    checksum.add(start);
    return run_id_from(checksum.value());
}

}  // namespace dpmd::md
