#pragma once
// Damaged checkpoints with a correct checksum, so that the code behind it is reached. The rule is written a second time
// on purpose: fuzz_checkpoint ends at once when it no longer agrees with md/checkpoint.cpp.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "core/checksum.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/safetensors.hpp"

namespace dpmd::fuzz {

/// The file with its checksum corrected; unchanged when it is not a container with a checksum.
inline std::string with_right_checksum(const std::string& content) {
    static const char* const arrays[] = {"types",           "masses", "fixed",          "positions",
                                         "velocities",      "cell",   "list.positions", "list.cell",
                                         "ensemble.memory", "fparam", "aparam"};
    const auto bytes = std::as_bytes(std::span(content));
    try {
        const SafetensorsFile file({bytes.begin(), bytes.end()}, "fuzz");
        Checksum checksum;
        checksum.add(std::as_bytes(std::span(file.metadata("checkpoint"))));
        for (const char* name : arrays)
            if (file.tensors().contains(name)) checksum.add(file.tensor(name).bytes);
        const std::string key = "\"checksum\":\"", old = concat(key, file.metadata("checksum"), "\"");
        const std::size_t at = content.find(old);
        if (at == std::string::npos) return content;
        std::string text = concat(key, checksum.value(), "\"");
        std::string out = content;
        std::uint64_t length = 0;
        std::memcpy(&length, out.data(), sizeof length);
        length += text.size() - old.size();
        out.replace(at, old.size(), text);
        std::memcpy(out.data(), &length, sizeof length);
        return out;
    } catch (const InputError&) {
        return content;
    }
}

}  // namespace dpmd::fuzz
