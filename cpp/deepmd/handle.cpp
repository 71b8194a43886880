#include "handle.hpp"

#include "texts.hpp"

namespace dpmd::deepmd {

const char* error_text(const Models* models) noexcept {
    return models != nullptr ? new_text(models->error) : new_text("dpmd: the object is NULL");
}

void fail(Models& models, const char* reason) noexcept {
    try {
        models.error = std::string("dpmd: ") + reason;
    } catch (...) {
        models.error = "out of memory";  // short enough to need none
    }
}

}  // namespace dpmd::deepmd
