#include "models/local/fitting_file.hpp"

#include "models/nets/nets_file.hpp"

namespace dpmd {
namespace {

constexpr const char* output_name = "energy";

std::vector<double> read_statistic(const Entry& entry, int n) {
    if (n > 0) return entry.tensor({n});
    entry.require(entry.is_null(), " must be null: the model takes no such parameters");
    return {};
}

void read_parameters(const Entry& entry, Fitting& out) {
    out.n_fparam = entry.at("n_fparam").integer(0, max_layer_width);
    out.n_aparam = entry.at("n_aparam").integer(0, max_layer_width);
    out.fparam_shift = read_statistic(entry.at("fparam_shift"), out.n_fparam);
    out.fparam_scale = read_statistic(entry.at("fparam_scale"), out.n_fparam);
    out.aparam_shift = read_statistic(entry.at("aparam_shift"), out.n_aparam);
    out.aparam_scale = read_statistic(entry.at("aparam_scale"), out.n_aparam);
    const Entry defaults = entry.at("default_fparam"), embedding = entry.at("case_embedding");
    if (!defaults.is_null()) {
        out.default_fparam = defaults.numbers();
        defaults.require(out.default_fparam->size() == std::size_t(out.n_fparam), " has ", out.default_fparam->size(),
                         " numbers, n_fparam is ", out.n_fparam);
    }
    if (!embedding.is_null()) out.case_embedding = embedding.tensor({embedding.vector_length(max_layer_width)});
}

/// The net of an energy: behind its hidden layers a sum, which may not bend.
Network read_energy_net(const Entry& entry, std::int64_t n_in) {
    Network out = read_layers(entry, n_in);
    const Layer& last = out.layers.back();
    entry.require(last.n_out == 1, " has ", last.n_out, " outputs; an energy has one");
    entry.require(last.activation == Activation::linear && last.skip == Skip::none,
                  ": its last layer must be linear, without a skip");
    return out;
}

}  // namespace

Fitting read_fitting(const Entry& entry, int n_types, std::int64_t n_features) {
    const auto n = std::size_t(n_types);
    const Entry output = entry.at("output");
    if (output.text() != output_name) output.cannot_run("output", output.text(), output_name);
    Fitting out;
    read_parameters(entry, out);
    const std::int64_t n_in =
        n_features + out.n_fparam + out.n_aparam + static_cast<std::int64_t>(out.case_embedding.size());
    const Entry networks = entry.at("networks");
    const std::vector<Entry> nets = networks.list();
    networks.require(nets.size() == 1 || nets.size() == n, " has ", nets.size(),
                     " entries, expected one for each of the ", n, " types, or one for all");
    for (const Entry& network : nets) out.networks.push_back(read_energy_net(network, n_in));
    for (const Entry& flag : entry.at("subtract_vacuum").list(n, "types")) out.subtract_vacuum.push_back(flag.flag());
    out.energy_shift = entry.at("energy_shift").tensor({n_types});
    return out;
}

void write(const NewEntry& entry, const Fitting& fitting) {
    NewObject out = entry.object();
    {
        NewList networks = out.at("networks").list();
        for (const Network& network : fitting.networks) write(networks.next(), network);
    }
    const auto put = [&](const char* key, const std::vector<double>& values) {
        out.at(key).tensor(values, {static_cast<std::int64_t>(values.size())});
    };
    put("energy_shift", fitting.energy_shift);
    {
        NewList flags = out.at("subtract_vacuum").list();
        for (const bool flag : fitting.subtract_vacuum) flags.next().flag(flag);
    }
    out.at("n_fparam").integer(fitting.n_fparam);
    out.at("n_aparam").integer(fitting.n_aparam);
    put("fparam_shift", fitting.fparam_shift);
    put("fparam_scale", fitting.fparam_scale);
    put("aparam_shift", fitting.aparam_shift);
    put("aparam_scale", fitting.aparam_scale);
    const NewEntry defaults = out.at("default_fparam");
    if (fitting.default_fparam) defaults.numbers(*fitting.default_fparam);
    else defaults.null();
    put("case_embedding", fitting.case_embedding);
    out.at("output").text(output_name);
}

}  // namespace dpmd
