#include "models/local/compress/moment_nets.hpp"

#include "dpmd/errors.hpp"

namespace dpmd::compress {

std::string refusal_of_moments(const Descriptor& descriptor) {
    return std::visit(
        [](const auto& one) -> std::string {
            if constexpr (requires { one.embedding; }) return "";
            else return refusal_of_moments(one);
        },
        descriptor);
}

MomentNets moment_nets(const Descriptor& descriptor) {
    return std::visit(
        [](const auto& one) -> MomentNets {
            if constexpr (requires { one.embedding; }) return {one.embedding, {}};
            else if constexpr (requires { pair_nets(one); }) return {pair_nets(one), shared_slot_nets(one)};
            else throw InternalError("a descriptor without networks was asked for tables");
        },
        descriptor);
}

}  // namespace dpmd::compress
