// Writes Thermo as a CSV file, one row per observed step.
#include "io/number_text.hpp"
#include "md/observer.hpp"
#include "md/shared_file.hpp"
#include "md/thermo.hpp"

namespace dpmd::md {
namespace {

class ThermoLog final : public Observer {
public:
    ThermoLog(const std::string& path, const Scene& scene, Resumption* resumption)
        : file_(scene.state.ranks, [&] { return open_output(path, thermo_format(), resumption); }) {}

    void observe(const Scene& scene) override {
        file_.append(scene.state.step, [&] { return row(scene); });
    }
    void add_marks(std::vector<FileMark>& marks) const override { file_.add_mark(marks); }
    void sync() override { file_.sync(); }
    std::optional<std::int64_t> last_step() const override { return file_.last_step(); }

private:
    std::string_view row(const Scene& scene) {
        const Thermo thermo = thermo_of(scene.state, scene.integrator, scene.timestep);
        row_.clear();
        append_number(row_, thermo.step);
        for (const double value : {thermo.time, thermo.temperature, thermo.kinetic_energy, thermo.potential_energy,
                                   thermo.conserved_energy, thermo.pressure, thermo.volume, thermo.density})
            append(value);
        for (const double value : thermo.pressure_tensor) append(value);
        for (const double value : thermo.cell) append(value);
        row_ += ',';
        append_number(row_, scene.run_id);
        row_ += '\n';
        return row_;
    }
    void append(double value) {
        row_ += ',';
        append_number(row_, value);
    }

    SharedFile file_;
    std::string row_;
};

}  // namespace

std::unique_ptr<Observer> make_thermo_log(const std::string& path, const Scene& scene, Resumption* resumption) {
    return std::make_unique<ThermoLog>(path, scene, resumption);
}

}  // namespace dpmd::md
