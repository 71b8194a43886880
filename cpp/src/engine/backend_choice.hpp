#pragma once
// The backend that a caller's options name: what it says of itself before an engine needs it. What is wrong with the
// options is said at once.
#include <memory>
#include <string>

#include "backend/backend.hpp"
#include "dpmd/potential.hpp"

namespace dpmd {

/// A new one each time: engines with a backend each may run at the same time.
std::shared_ptr<Backend> make_backend(const RunOptions& options);

class BackendChoice {
public:
    /// InputError: an option that does not exist. DeviceError: no such device.
    explicit BackendChoice(const RunOptions& options);
    /// InputError unless engines there can run the model.
    void require(const Model& model) const;

    const RunOptions& options() const { return options_; }
    const std::string& name() const { return name_; }
    const std::string& kernels() const { return kernels_; }
    int n_threads() const { return n_threads_; }
    bool is_host() const { return is_host_; }

private:
    RunOptions options_;
    std::string name_, kernels_;
    int n_threads_ = 0;
    bool is_host_ = true;
};

}  // namespace dpmd
