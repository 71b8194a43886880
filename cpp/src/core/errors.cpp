#include "dpmd/errors.hpp"

namespace dpmd {

// Out of line, so that every module shares one type_info and a catch works across libraries.
Error::~Error() = default;
InputError::~InputError() = default;
DeviceError::~DeviceError() = default;
InternalError::~InternalError() = default;

}  // namespace dpmd
