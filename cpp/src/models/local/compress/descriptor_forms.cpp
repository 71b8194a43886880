#include "models/local/compress/descriptor_forms.hpp"

#include "core/text.hpp"

namespace dpmd::compress {
namespace {

constexpr double base_table_bytes = double(32 << 20), table_bytes_per_number = 512;

}  // namespace

double count_numbers(const Network& network) {
    double count = network.table ? double(network.table->coefficients.size()) : 0.0;
    for (const Layer& layer : network.layers) count += double(layer.weight.size());
    return count;
}

std::string refusal_of_tables(double bytes, double n_numbers) {
    const double most = base_table_bytes + table_bytes_per_number * n_numbers;
    if (bytes <= most) return "";
    return concat("its tables would take ", bytes / (1 << 20), " MB, too much for a model of this size (",
                  most / (1 << 20), " MB); a larger tolerance needs less");
}

}  // namespace dpmd::compress
