#pragma once
// What is behind the pointers that hosts hold, the same for all classes of models: hosts cast between them.
#include <cstddef>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "deepmd/c_api.h"
#include "dpmd/dpmd.h"
#include "widened.hpp"

namespace dpmd::deepmd {

struct FreeEngine {
    void operator()(dpmd_engine* engine) const { dpmd_free(engine); }
};

/// What a host gave with ago = 0, as far as later calls depend on it.
struct HeldLists {
    bool are_held = false;
    int n_atoms = 0, n_ghosts = 0, n_lists = 0;
    std::vector<int> types;  ///< [n_atoms] as the host gave them
};

struct Models {
    std::unique_ptr<dpmd_engine, FreeEngine> engine;  ///< null: nothing to compute with, and `error` says why
    dpmd_info info{};                                 ///< zeros without an engine
    std::size_t n_models = 1;                         ///< that the host has asked for
    std::string error;                                ///< of the last failed call; it stays after good ones
    std::string said_error;                           ///< the last one that has been printed
    HeldLists held;
    std::vector<int> engine_types;  ///< [n_atoms] scratch
    Widened widened;                ///< scratch for hosts that compute in float
};

/// A call that cannot be answered, with the reason and the remedy.
class Failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Throws a Failure with the engine's words unless it has succeeded.
inline void must(int status) {
    if (status != DPMD_OK) throw Failure(dpmd_last_error());
}

template <class Handle>
Models* models_of(Handle* handle) {
    return reinterpret_cast<Models*>(handle);
}
template <class Handle>
Handle* handle_of(Models* models) {
    return reinterpret_cast<Handle*>(models);
}

/// The error of an object as a text of the host's; empty: all is well.
const char* error_text(const Models* models) noexcept;

/// Makes a failure the error of an object.
void fail(Models& models, const char* reason) noexcept;

/// Runs the body of a function. Returns whether it has succeeded; a failure becomes the error of the object.
template <class F>
bool guarded(Models& models, F&& body) noexcept {
    try {
        body();
        return true;
    } catch (const std::bad_alloc&) {
        fail(models, "out of memory");
    } catch (const std::exception& error) {
        fail(models, error.what());
    } catch (...) {
        fail(models, "an unknown error");
    }
    return false;
}

}  // namespace dpmd::deepmd
