// Thermo as a CSV file, one row per observed step.
#include "io/number_text.hpp"
#include "md/observer.hpp"
#include "md/shared_file.hpp"
#include "md/thermo.hpp"

namespace dpmd::md {
namespace {

/// The names of Thermo, in its units.
constexpr const char* titles =
    "step,time,temperature,kinetic_energy,potential_energy,conserved_energy,pressure,volume,density,"
    "pressure_xx,pressure_yy,pressure_zz,pressure_xy,pressure_xz,pressure_yz,"
    "cell_ax,cell_ay,cell_az,cell_bx,cell_by,cell_bz,cell_cx,cell_cy,cell_cz\n";

std::optional<std::int64_t> read_row(LineReader& lines) {
    const auto row = lines.next();
    return row ? parse_integer(row->substr(0, row->find(','))) : std::nullopt;
}

class ThermoLog final : public Observer {
public:
    ThermoLog(const std::string& path, const Scene& scene, ResumedAt resumed_at)
        : file_(scene.state.ranks, [&] {
              return resumed_at ? RecordFile::resume(path, titles, read_row, *resumed_at)
                                : RecordFile::create(path, titles);
          }) {}

    void observe(const Scene& scene) override {
        file_.append([&] { return row(scene); });
    }
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

std::unique_ptr<Observer> make_thermo_log(const std::string& path, const Scene& scene, ResumedAt resumed_at) {
    return std::make_unique<ThermoLog>(path, scene, resumed_at);
}

}  // namespace dpmd::md
