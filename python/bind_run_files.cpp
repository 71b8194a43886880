// Bindings of dpmd/run_files.hpp.
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "dpmd/run_files.hpp"
#include "interpreter.hpp"

namespace dpmd::python {
namespace {

py::dict summary(const std::string& path) {
    CheckpointSummary found;
    {
        const LockReleased released;
        found = summarize_checkpoint(path);
    }
    py::list files;
    for (const FileMark& file : found.files) {
        py::dict mark;
        mark["name"] = file.name;
        mark["n_bytes"] = file.n_bytes;
        mark["checksum"] = file.checksum;
        mark["last_step"] = file.last_step;
        files.append(mark);
    }
    py::dict out;
    out["step"] = found.step;
    out["run_id"] = found.options.run_id;
    out["timestep"] = found.options.timestep;
    out["skin"] = found.options.skin;
    out["seed"] = found.options.seed;
    out["ensemble"] = from_ensemble(found.options.ensemble);
    out["n_atoms"] = found.n_atoms;
    out["model_sha256"] = found.model_sha256;
    out["model_form"] = found.model_form;
    out["files"] = files;
    return out;
}

py::dict scan(const std::string& path, const std::string& kind, std::int64_t n_atoms, std::uint64_t checksum_bytes) {
    RecordScan found;
    {
        const LockReleased released;
        found = scan_output(path, kind, n_atoms, checksum_bytes);
    }
    py::dict out;
    const auto n = static_cast<py::ssize_t>(found.steps.size());
    out["steps"] = to_array(std::move(found.steps), {n});
    out["run_ids"] = found.run_ids;
    out["n_bytes"] = found.n_bytes;
    out["whole_bytes"] = found.n_whole_bytes;
    out["damage"] = found.damage;
    out["checksum"] = found.checksum;
    return out;
}

}  // namespace

void bind_run_files(py::module_& module) {
    module.def("read_checkpoint", &summary, py::arg("path"));
    module.def("scan_records", &scan, py::arg("path"), py::arg("kind"), py::arg("n_atoms"),
               py::arg("checksum_bytes") = 0);
}

}  // namespace dpmd::python
