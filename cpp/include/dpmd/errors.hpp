#pragma once
// What dpmd throws. Every message names the operation, the values and the remedy.
#include <stdexcept>
#include <string>

#include "dpmd/export.hpp"

namespace dpmd {

class DPMD_API Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
    ~Error() override;
};

/// The caller can fix it: a bad value, a bad file, an unsupported model.
class DPMD_API InputError : public Error {
public:
    using Error::Error;
    ~InputError() override;
};

/// A device or backend is missing or failed.
class DPMD_API DeviceError final : public Error {
public:
    using Error::Error;
    ~DeviceError() override;
};

/// Another rank has failed, or the ranks cannot communicate.
class DPMD_API RankError final : public Error {
public:
    using Error::Error;
    ~RankError() override;
};

/// A defect of dpmd itself.
class DPMD_API InternalError final : public Error {
public:
    using Error::Error;
    ~InternalError() override;
};

}  // namespace dpmd
