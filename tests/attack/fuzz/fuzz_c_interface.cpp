// The C interface, called in any order with odd arguments. Memory that an argument promises exists, to the byte, so
// that AddressSanitizer sees accesses beyond it; everything else is arbitrary.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fuzzer/FuzzedDataProvider.h>

#include "dpmd/dpmd.h"
#include "support/model_files.hpp"
#include "support/random_models.hpp"
#include "support/temporary_file.hpp"

namespace {

using namespace dpmd;

/// Two models that fit each other, one that does not, a file that is not a model, and a name without a file.
const std::vector<std::string>& paths() {
    static const testing::TemporaryDirectory folder;
    static const std::vector<std::string> made = [] {
        std::vector<std::string> out;
        testing::ModelRecipe recipe;
        recipe.embedding = {2, 4};
        recipe.axis = 2;
        recipe.fitting = {3};
        for (std::uint64_t seed = 0; seed < 3; ++seed) {
            if (seed == 2) recipe.n_fparam = recipe.n_aparam = 1;
            out.push_back(folder / concat(seed, ".dpmd"));
            testing::write_bytes(out.back(), testing::model_parts(testing::random_model(recipe, seed)).bytes());
        }
        out.push_back(folder / "text");
        testing::write_bytes(out.back(), std::vector<std::byte>(100, std::byte{'x'}));
        out.push_back(folder / "absent");
        return out;
    }();
    return made;
}

/// What is in these files; none is empty but the absent one.
const std::vector<std::vector<std::byte>>& contents() {
    static const std::vector<std::vector<std::byte>> read = [] {
        std::vector<std::vector<std::byte>> out;
        for (std::size_t k = 0; k + 1 < paths().size(); ++k) out.push_back(testing::read_bytes(paths()[k]));
        out.emplace_back();
        return out;
    }();
    return read;
}

class Caller {
public:
    Caller(const std::uint8_t* data, std::size_t size) : data_(data, size) {}
    ~Caller() {
        for (dpmd_engine* engine : engines_) dpmd_free(engine);
    }

    void run() {
        while (data_.remaining_bytes() > 0) {
            kept_.clear();
            const int status = call();
            if (status < DPMD_OK || status > DPMD_DEVICE_ERROR) {
                std::fprintf(stderr, "status %d: %s\n", status, dpmd_last_error());
                std::abort();
            }
            if (status != DPMD_OK && dpmd_last_error()[0] == '\0') std::abort();
        }
    }

private:
    int call() {
        switch (data_.ConsumeIntegralInRange(0, 7)) {
            case 0: return load();
            case 1: return query();
            case 2: return compute();
            case 3: return set_neighbors();
            case 4: return compute_local();
            case 5: return deviation();
            case 6: return small_calls();
            default: return release();
        }
    }

    bool one_in(int n) { return data_.ConsumeIntegralInRange(1, n) == 1; }
    std::int32_t small(std::int32_t most) {
        return one_in(20) ? data_.ConsumeIntegralInRange(-3, 0) : data_.ConsumeIntegralInRange(0, most);
    }
    double number() {
        static const double odd[] = {0,
                                     1e300,
                                     -1e300,
                                     1e15,
                                     1e9,
                                     1e-300,
                                     std::numeric_limits<double>::quiet_NaN(),
                                     std::numeric_limits<double>::infinity()};
        if (one_in(24)) return data_.PickValueInArray(odd);
        return data_.ConsumeIntegral<std::int16_t>() / 4096.0;
    }
    /// Room for exactly n values, and sometimes NULL. Negative counts get no room.
    template <class T, class F>
    T* array(std::int64_t n, F&& value) {
        if (one_in(24)) return nullptr;
        auto bytes = std::make_unique<std::byte[]>(std::size_t(std::max<std::int64_t>(n, 0)) * sizeof(T));
        T* out = reinterpret_cast<T*>(bytes.get());
        for (std::int64_t k = 0; k < n; ++k) out[k] = value(k);
        kept_.push_back(std::move(bytes));
        return out;
    }
    double* numbers(std::int64_t n) {
        return array<double>(n, [&](std::int64_t) { return number(); });
    }
    double* room(std::int64_t n) {
        return one_in(3) ? nullptr : array<double>(n, [](std::int64_t) { return 0.0; });
    }
    std::int32_t* types(std::int64_t n) {
        return array<std::int32_t>(n, [&](std::int64_t) {
            return one_in(20) ? data_.ConsumeIntegral<std::int32_t>() : data_.ConsumeIntegralInRange(-1, 2);
        });
    }
    dpmd_engine* engine() {
        if (engines_.empty() || one_in(30)) return nullptr;
        return engines_[data_.ConsumeIntegralInRange<std::size_t>(0, engines_.size() - 1)];
    }
    dpmd_info info_of(const dpmd_engine* engine) {
        DPMD_INIT(dpmd_info, info);
        if (engine != nullptr) (void)dpmd_query(engine, &info);
        return info;
    }
    /// A structure in memory of exactly its size, which may differ from this library's.
    template <class T>
    T* placed(const T& from) {
        if (one_in(30)) return nullptr;
        std::size_t size = sizeof(T);
        if (one_in(16)) size = 8 * data_.ConsumeIntegralInRange<std::size_t>(1, sizeof(T) / 8 + 3);  // whole members
        auto bytes = std::make_unique<std::byte[]>(size);
        std::memcpy(bytes.get(), &from, std::min(size, sizeof(T)));
        if (size > sizeof(T) && one_in(2)) bytes[size - 1] = std::byte{1};
        const std::size_t said = one_in(60) ? data_.ConsumeIntegralInRange<std::size_t>(0, 7) : size;
        std::memcpy(bytes.get(), &said, sizeof said);
        kept_.push_back(std::move(bytes));
        return reinterpret_cast<T*>(kept_.back().get());
    }
    const char* word(std::initializer_list<const char*> words) {
        return *(words.begin() + data_.ConsumeIntegralInRange<std::size_t>(0, words.size() - 1));
    }

    int load() {
        if (engines_.size() >= 3) return release();
        std::vector<const char*> names;
        std::vector<const void*> bytes;
        std::vector<std::size_t> sizes;
        for (int n = data_.ConsumeIntegralInRange(0, 3); n > 0; --n) {
            const std::size_t which = one_in(6) ? data_.ConsumeIntegralInRange<std::size_t>(0, 4) : 0;
            names.push_back(one_in(40) ? nullptr : paths()[which].c_str());
            bytes.push_back(one_in(3) ? nullptr : contents()[which].data());
            sizes.push_back(contents()[which].size());
        }
        DPMD_INIT(dpmd_options, options);
        options.threads = one_in(40) ? data_.ConsumeIntegralInRange(-2, 0) : 1;
        if (one_in(4)) options.precision = word({"double", "mix32", "mix16", "", "half"});
        if (one_in(6)) options.compress = word({"off", "moment", "table", "zip"});
        if (one_in(3)) options.overflow = word({"error", "keep_nearest", "drop"});
        if (one_in(10)) options.device = word({"cpu", "auto", "cuda:0", "cuda:-1", "cpu:1", "\xff"});
        if (one_in(6)) options.instruction_set = word({"sse2", "avx2", "mmx"});
        if (one_in(10)) options.tolerance = number();
        const auto n = one_in(20) ? data_.ConsumeIntegralInRange(-2, 0) : std::int32_t(names.size());
        dpmd_engine* engine = nullptr;
        const char** of = one_in(40) ? nullptr : names.data();
        const dpmd_options* how = one_in(3) ? nullptr : placed(options);
        dpmd_engine** to = one_in(40) ? nullptr : &engine;
        const int status = one_in(2) ? dpmd_load(of, n, how, to)
                                     : dpmd_load_contents(of, one_in(40) ? nullptr : bytes.data(),
                                                          one_in(40) ? nullptr : sizes.data(), n, how, to);
        if ((status == DPMD_OK) != (engine != nullptr) && status == DPMD_OK) std::abort();
        if (engine != nullptr) engines_.push_back(engine);
        return status;
    }
    int query() {
        dpmd_engine* of = engine();
        return dpmd_query(of, placed(dpmd_info{}));
    }
    dpmd_result* result(std::int64_t n_models, std::int64_t n_frames, std::int64_t n_owned, std::int64_t n) {
        const std::int64_t blocks = n_models * n_frames;
        DPMD_INIT(dpmd_result, out);
        out.energies = room(blocks);
        out.forces = room(blocks * 3 * n);
        out.virials = room(blocks * 9);
        out.atom_energies = room(blocks * n_owned);
        out.atom_virials = room(blocks * 9 * n);
        return placed(out);
    }
    int compute() {
        dpmd_engine* of = engine();
        const dpmd_info info = info_of(of);
        DPMD_INIT(dpmd_frames, frames);
        const std::int64_t f = frames.n_frames = small(3), n = frames.n_atoms = small(6);
        frames.positions = numbers(f * 3 * n);
        frames.types = types(n);
        if (one_in(2))
            frames.cells = array<double>(9 * f, [&](std::int64_t k) {
                return k % 9 % 4 == 0 && !one_in(12) ? 3 + 2 * std::abs(number()) : one_in(3) ? number() : 0;
            });
        if (one_in(4))
            frames.pbc = array<std::int32_t>(3, [&](std::int64_t) { return data_.ConsumeIntegralInRange(-1, 2); });
        if (!one_in(4)) frames.fparam = numbers(f * info.n_fparam);
        frames.aparam = numbers(f * n * info.n_aparam);
        const std::int64_t whole_f = std::max<std::int64_t>(f, 0), whole_n = std::max<std::int64_t>(n, 0);
        const dpmd_frames* in = placed(frames);
        return dpmd_compute(of, in, result(info.n_models, whole_f, whole_n, whole_n));
    }
    int set_neighbors() {
        dpmd_engine* of = engine();
        DPMD_INIT(dpmd_neighbors, lists);
        lists.n_owned = small(5);
        lists.n_ghosts = small(5);
        const std::int64_t n = std::max(lists.n_owned, 0) + std::max(lists.n_ghosts, 0);
        lists.positions = numbers(3 * n);
        lists.types = types(n);
        if (one_in(3))
            lists.ids = array<std::int64_t>(
                n, [&](std::int64_t k) { return one_in(9) ? data_.ConsumeIntegral<std::int64_t>() : k + 1; });
        lists.n_lists = one_in(8) ? small(6) : lists.n_owned;
        const std::int64_t n_lists = lists.n_lists;
        const auto atom = [&](std::int64_t k) {
            return one_in(16) ? data_.ConsumeIntegral<std::int32_t>() : std::int32_t(k);
        };
        if (one_in(2)) lists.atoms = array<std::int32_t>(n_lists, atom);
        std::vector<std::int32_t> counts;
        for (std::int64_t k = 0; k < n_lists; ++k) counts.push_back(small(6));
        lists.counts = array<std::int32_t>(n_lists, [&](std::int64_t k) { return counts[std::size_t(k)]; });
        lists.lists = array<const std::int32_t*>(n_lists, [&](std::int64_t k) {
            return array<std::int32_t>(counts[std::size_t(k)], [&](std::int64_t) {
                return one_in(24) ? data_.ConsumeIntegral<std::int32_t>()
                                  : data_.ConsumeIntegralInRange(0, int(std::max<std::int64_t>(n - 1, 0)));
            });
        });
        lists.index_mask = one_in(4) ? 0x1fffffff : one_in(16) ? data_.ConsumeIntegral<std::int32_t>() : 0;
        lists.half = one_in(3);
        lists.listed_only = one_in(3);
        const int status = dpmd_set_neighbors(of, placed(lists));
        // after a failure older lists may remain in use; their sizes bound what compute_local may access
        n_owned_ = std::max<std::int64_t>({n_owned_, lists.n_owned, 0});
        n_total_ = std::max(n_total_, n);
        return status;
    }
    int compute_local() {
        dpmd_engine* of = engine();
        const dpmd_info info = info_of(of);
        DPMD_INIT(dpmd_local, local);
        local.positions = numbers(3 * n_total_);
        local.fparam = one_in(3) ? nullptr : numbers(info.n_fparam);
        local.aparam = numbers(n_owned_ * info.n_aparam);
        local.n_models = one_in(4) ? small(3) : 0;
        return dpmd_compute_local(of, placed(local), result(info.n_models, 1, n_owned_, n_total_));
    }
    int deviation() {
        const std::int32_t k = small(4), n = small(4);
        const double* values = numbers(std::int64_t(std::max(k, 0)) * 9 * std::max(n, 1));
        double* out = room(std::int64_t(9) * std::max(n, 1));
        return one_in(2) ? dpmd_force_deviation(k, n, values, number(), out)
                         : dpmd_virial_deviation(k, one_in(9) ? data_.ConsumeIntegral<std::int64_t>() : n, values,
                                                 number(), out);
    }
    int small_calls() {
        (void)dpmd_version();
        (void)dpmd_take_warning(engine());
        (void)dpmd_type_name(engine(), data_.ConsumeIntegral<std::int32_t>());
        if (one_in(50)) (void)dpmd_device_count(word({"cuda", "hip", "", "cpu"}));
        return DPMD_OK;
    }
    int release() {
        if (engines_.empty()) {
            dpmd_free(nullptr);
        } else {
            dpmd_free(engines_.back());
            engines_.pop_back();
        }
        return DPMD_OK;
    }

    FuzzedDataProvider data_;
    std::vector<dpmd_engine*> engines_;
    std::deque<std::unique_ptr<std::byte[]>> kept_;
    std::int64_t n_owned_ = 0, n_total_ = 0;  ///< the most of any lists so far
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Caller(data, size).run();
    return 0;
}
