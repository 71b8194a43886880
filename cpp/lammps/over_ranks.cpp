#include "over_ranks.hpp"

#include <dpmd/dpmd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace dpmd::lammps {
namespace {

int rank_of(MPI_Comm communicator) {
    int rank = 0;
    MPI_Comm_rank(communicator, &rank);
    return rank;
}

int rank_on_node(MPI_Comm world) {
    MPI_Comm node = MPI_COMM_NULL;
    MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, rank_of(world), MPI_INFO_NULL, &node);
    const int rank = rank_of(node);
    MPI_Comm_free(&node);
    return rank;
}

}  // namespace

std::string device_of_rank(const std::string& device, MPI_Comm world) {
    if (device != "cuda" && device != "hip") return device;
    const int n_devices = dpmd_device_count(device.c_str()), rank = rank_on_node(world);
    return device + ":" + std::to_string(n_devices > 0 ? rank % n_devices : rank);
}

Deviation statistics_of_atoms(std::span<const double> values, std::int64_t n_atoms, MPI_Comm world) {
    double sum = 0;
    std::array<double, 2> extremes{0, -std::numeric_limits<double>::infinity()};  // largest, and negated smallest
    for (const double value : values) {
        extremes = {std::max(extremes[0], value), std::max(extremes[1], -value)};
        sum += value;
    }
    std::array<double, 2> extremes_of_all{};
    double sum_of_all = 0;
    MPI_Reduce(extremes.data(), extremes_of_all.data(), 2, MPI_DOUBLE, MPI_MAX, 0, world);
    MPI_Reduce(&sum, &sum_of_all, 1, MPI_DOUBLE, MPI_SUM, 0, world);
    return {extremes_of_all[0], -extremes_of_all[1], n_atoms > 0 ? sum_of_all / double(n_atoms) : 0};
}

std::int32_t type_of_first_atom(std::span<const std::int64_t> ids, std::span<const std::int32_t> types,
                                MPI_Comm world) {
    constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
    std::int64_t first = none, first_of_all = none;
    std::int32_t type = -1, type_of_all = -1;
    for (std::size_t k = 0; k < ids.size(); ++k)
        if (types[k] >= 0 && ids[k] < first) {
            first = ids[k];
            type = types[k];
        }
    MPI_Allreduce(&first, &first_of_all, 1, MPI_INT64_T, MPI_MIN, world);
    if (first != first_of_all) type = -1;
    MPI_Allreduce(&type, &type_of_all, 1, MPI_INT32_T, MPI_MAX, world);
    return type_of_all;
}

std::vector<double> gather_by_id(std::span<const std::int64_t> ids, std::span<const double> values, MPI_Comm world) {
    int n_ranks = 0;
    MPI_Comm_size(world, &n_ranks);
    const int n = int(values.size());
    std::vector<int> counts(std::size_t(n_ranks), 0), starts(std::size_t(n_ranks), 0);
    MPI_Gather(&n, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, world);
    std::exclusive_scan(counts.begin(), counts.end(), starts.begin(), 0);
    const auto n_all = std::size_t(starts.back() + counts.back());  // 0 on all ranks except the first
    std::vector<std::int64_t> all_ids(n_all);
    std::vector<double> all_values(n_all), out(n_all);
    MPI_Gatherv(ids.data(), n, MPI_INT64_T, all_ids.data(), counts.data(), starts.data(), MPI_INT64_T, 0, world);
    MPI_Gatherv(values.data(), n, MPI_DOUBLE, all_values.data(), counts.data(), starts.data(), MPI_DOUBLE, 0, world);
    std::vector<std::size_t> order(n_all);
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return all_ids[a] < all_ids[b]; });
    std::transform(order.begin(), order.end(), out.begin(), [&](std::size_t k) { return all_values[k]; });
    return out;
}

}  // namespace dpmd::lammps
