#include "models/check.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

// Trained numbers lie many orders below it; what is beyond comes from a damaged file, and would overflow on the way.
constexpr double largest_number = 1e15;

class Checker {
public:
    explicit Checker(const std::string& name) : name_(name) {}

    template <class... Args>
    void require(bool condition, const Args&... message) const {
        if (!condition) throw InputError(concat(name_, ": ", message...));
    }

    /// Values in rows of n_columns; `what` is the array's name.
    void numbers(const std::vector<double>& values, const std::string& what, std::size_t n_columns = 1) const {
        for (std::size_t k = 0; k < values.size(); ++k)
            require(std::fabs(values[k]) <= largest_number, what, "[", k / n_columns, "]",
                    n_columns > 1 ? concat("[", k % n_columns, "]") : std::string(), " = ", values[k], " is beyond ",
                    largest_number, "; the file is damaged");
    }
    void number(double value, const char* what) const {
        require(std::fabs(value) <= largest_number, what, " = ", value, " is beyond ", largest_number,
                "; the file is damaged");
    }

    void layers(const Network& network, const std::string& what, std::int64_t n_in) const {
        require(!network.layers.empty(), what, " has no layers");
        for (std::size_t k = 0; k < network.layers.size(); ++k) {
            const Layer& layer = network.layers[k];
            require(layer.n_in == n_in, what, " layer ", k, " takes ", layer.n_in, " inputs but gets ", n_in);
            const std::string place = concat(what, " layer ", k, " ");
            numbers(layer.weight, place + "weight", std::size_t(layer.n_out));
            numbers(layer.bias, place + "bias");
            numbers(layer.timestep, place + "timestep");
            number(layer.silut_threshold, "a threshold of silut");
            require(layer.skip != Skip::identity || layer.n_out == layer.n_in, what, " layer ", k,
                    ": skip 'identity' from ", layer.n_in, " to ", layer.n_out);
            require(layer.skip != Skip::twice || layer.n_out == 2 * layer.n_in, what, " layer ", k,
                    ": skip 'double' from ", layer.n_in, " to ", layer.n_out);
            n_in = layer.n_out;
        }
    }

    void table(const Table& t, const std::string& what) const {
        numbers(t.coefficients, what + " table", 6 * std::size_t(t.n_channels));
        require(std::isfinite(t.max) && t.lower < t.upper && t.upper <= t.max && t.stride0 > 0 && t.stride1 > 0, what,
                ": table range ", t.lower, " to ", t.upper, " to ", t.max, " with strides ", t.stride0, ", ", t.stride1,
                " is not increasing");
        const double fine = std::floor((t.upper - t.lower) / t.stride0),
                     coarse = std::floor((t.max - t.upper) / t.stride1);
        require(fine >= 1, what, ": the table has no fine step of ", t.stride0, " from ", t.lower, " to ", t.upper);
        require(coarse >= 1, what, ": the table has no coarse step of ", t.stride1, " from ", t.upper, " to ", t.max);
        require(fine + coarse <= t.n_rows, what, ": the table has ", t.n_rows, " rows, its range needs ",
                fine + coarse);
        numbers({t.lower, t.upper, t.max, t.stride0, t.stride1}, what + " range of the table");
    }

    /// Names of types stand in columns of trajectories and tables.
    void type_name(const std::string& type) const {
        require(!type.empty(), "type_map holds an empty name");
        for (const char c : type)
            require(
                static_cast<unsigned char>(c) > ' ' && std::string_view("\x7f,\"\\").find(c) == std::string_view::npos,
                "type_map holds a name with the character ", int(static_cast<unsigned char>(c)),
                "; a name of a type has no blanks, commas, double quotes, backslashes and control characters");
    }

private:
    const std::string& name_;
};

}  // namespace

void check_model(const ModelData& model, const std::string& name) {
    const Checker check(name);
    const NetTerm& term = model.local().terms.front();
    const SeA& d = std::get<SeA>(term.descriptors.front());
    const Environment& e = d.environment;
    const Fitting& f = term.fitting;
    const auto n_types = model.type_map.size();

    for (const std::string& type : model.type_map) check.type_name(type);
    check.require(e.cutoff > 0 && e.cutoff_smooth >= 0 && e.cutoff_smooth < e.cutoff, "cutoff ", e.cutoff,
                  " and smooth cutoff ", e.cutoff_smooth, " must satisfy 0 <= smooth < cutoff");
    check.require(e.protection >= 0, "env_protection ", e.protection, " is negative");
    check.require(e.sel.size() == n_types, "sel has ", e.sel.size(), " entries for ", n_types, " types");
    check.require(d.embedding.nets.size() == (d.embedding.type_one_side ? 1 : n_types), "descriptor.networks has ",
                  d.embedding.nets.size(), " rows for ", n_types,
                  " types with type_one_side = ", d.embedding.type_one_side ? "true" : "false");
    check.number(e.cutoff, "cutoff");
    check.number(e.protection, "env_protection");
    check.numbers(e.shift, "davg", 4);
    check.numbers(e.scale, "dstd", 4);
    for (const double scale : e.scale)
        check.require(scale >= 1 / largest_number, "dstd holds ", scale, "; it must be positive, and at least ",
                      1 / largest_number);

    int n_channels = 0;
    for (std::size_t i = 0; i < d.embedding.nets.size(); ++i) {
        check.require(d.embedding.nets[i].size() == n_types, "descriptor.networks[", i, "] has ",
                      d.embedding.nets[i].size(), " entries for ", n_types, " types");
        for (std::size_t j = 0; j < n_types; ++j) {
            if (!d.embedding.nets[i][j]) continue;
            const Network& network = *d.embedding.nets[i][j];
            const std::string what = concat("embedding net ", i, ".", j);
            if (network.table) check.table(*network.table, what);
            else check.layers(network, what, 1);
            check.require(n_channels == 0 || network.n_out() == n_channels, what, " has ", network.n_out(),
                          " outputs, others have ", n_channels);
            n_channels = network.n_out();
        }
    }
    check.require(n_channels > 0, "the descriptor has no embedding net");
    check.require(d.axis_neuron <= n_channels, "axis_neuron ", d.axis_neuron, " exceeds the ", n_channels,
                  " outputs of the embedding nets");

    check.require(f.networks.size() == n_types, "fitting.networks has ", f.networks.size(), " entries for ", n_types,
                  " types");
    check.require(f.subtract_vacuum.size() == n_types, "fitting.subtract_vacuum has ", f.subtract_vacuum.size(),
                  " entries for ", n_types, " types");
    check.require(!f.default_fparam || f.default_fparam->size() == std::size_t(f.n_fparam), "default_fparam has ",
                  f.default_fparam ? f.default_fparam->size() : 0, " numbers, n_fparam is ", f.n_fparam);
    check.numbers(f.energy_shift, "energy_shift");
    for (const auto& [values, what] : {std::pair{&f.fparam_shift, "fparam_avg"},
                                       {&f.fparam_scale, "fparam_inv_std"},
                                       {&f.aparam_shift, "aparam_avg"},
                                       {&f.aparam_scale, "aparam_inv_std"},
                                       {&f.case_embedding, "case_embedding"}})
        check.numbers(*values, what);
    if (f.default_fparam) check.numbers(*f.default_fparam, "default_fparam");
    const std::int64_t n_in =
        std::int64_t(n_channels) * d.axis_neuron + f.n_fparam + f.n_aparam + std::int64_t(f.case_embedding.size());
    for (std::size_t t = 0; t < n_types; ++t) {
        const std::string what = concat("fitting net ", t);
        check.require(!f.networks[t].table, what, " is a table; only embedding nets can be");
        check.layers(f.networks[t], what, n_in);
        check.require(f.networks[t].n_out() == 1, what, " has ", f.networks[t].n_out(), " outputs; an energy has one");
    }
}

}  // namespace dpmd
