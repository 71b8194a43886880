#include "dpmd/errors.hpp"

namespace dpmd {

// Out of line, so that every module shares one type_info and a catch works across libraries.
Error::~Error() = default;
InputError::~InputError() = default;
DeviceError::~DeviceError() = default;
RankError::~RankError() = default;
InternalError::~InternalError() = default;

}  // namespace dpmd
