#pragma once
#include "emulator/block.hpp"
#include "emulator/runtime.hpp"

namespace dpmd::emulator {

/// Checks the launch as a device would, and queues it on the stream.
Status put_launch(Launch launch, Stream stream);

}  // namespace dpmd::emulator
