#pragma once
// A file of records that ranks write together.
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "comm/together.hpp"
#include "io/record_file.hpp"

namespace dpmd::md {

/// A file that rank 0 writes, by whole records, and that all ranks know to be written.
class SharedFile {
public:
    /// `open` is called at rank 0. Collective.
    template <class F>
    SharedFile(std::shared_ptr<Communicator> ranks, F&& open) : ranks_(std::move(ranks)) {
        together(*ranks_, [&] {
            if (ranks_->rank() == 0) file_.emplace(open());
        });
        std::int64_t step = file_ && file_->last_step() ? *file_->last_step() : none_;
        ranks_->broadcast(std::as_writable_bytes(std::span(&step, 1)), 0);
        if (step != none_) last_step_ = step;
    }

    /// `make_record` is called at rank 0, and what it returns appended. Collective.
    template <class F>
    void append(F&& make_record) {
        together(*ranks_, [&] {
            if (file_) file_->append(make_record());
        });
    }
    /// Of this rank.
    void sync() {
        if (file_) file_->sync();
    }
    std::optional<std::int64_t> last_step() const { return last_step_; }

private:
    static constexpr std::int64_t none_ = std::numeric_limits<std::int64_t>::min();

    std::shared_ptr<Communicator> ranks_;
    std::optional<RecordFile> file_;
    std::optional<std::int64_t> last_step_;
};

}  // namespace dpmd::md
