#pragma once
// The backend that a caller's options name, and what is known of it before an engine needs it. Errors in the options
// are reported at once.
#include <memory>
#include <string>

#include "backend/backend.hpp"
#include "dpmd/potential.hpp"

namespace dpmd {

/// A new backend each time: engines with separate backends may run at the same time.
std::shared_ptr<Backend> make_backend(const RunOptions& options);

class BackendChoice {
public:
    /// Throws InputError for an option that does not exist, and DeviceError when there is no such device.
    explicit BackendChoice(const RunOptions& options);
    /// Throws InputError unless engines of this backend can run the model.
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
