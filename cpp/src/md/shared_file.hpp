#pragma once
// A file of records that ranks write collectively.
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "comm/together.hpp"
#include "io/record_file.hpp"

namespace dpmd::md {

/// A file to which rank 0 appends whole records; all ranks learn whether it succeeded.
class SharedFile {
public:
    /// `open` is called on rank 0. Collective.
    template <class F>
    SharedFile(std::shared_ptr<Communicator> ranks, F&& open) : ranks_(std::move(ranks)) {
        together(*ranks_, [&] {
            if (ranks_->rank() == 0) file_.emplace(open());
        });
        std::int64_t step = file_ ? file_->mark().last_step.value_or(none_) : none_;
        ranks_->broadcast(std::as_writable_bytes(std::span(&step, 1)), 0);
        if (step != none_) last_step_ = step;
    }

    /// Calls `make_record` on rank 0, and appends what it returns as the record of this step. Collective.
    template <class F>
    void append(std::int64_t step, F&& make_record) {
        together(*ranks_, [&] {
            if (file_) file_->append(step, make_record());
        });
    }
    /// Returns when all that this rank has written is on disk.
    void sync() {
        if (file_) file_->sync();
    }
    /// The last step written by earlier processes.
    std::optional<std::int64_t> last_step() const { return last_step_; }
    /// Adds the state of the file, on rank 0.
    void add_mark(std::vector<FileMark>& marks) const {
        if (file_) marks.push_back(file_->mark());
    }

private:
    static constexpr std::int64_t none_ = std::numeric_limits<std::int64_t>::min();

    std::shared_ptr<Communicator> ranks_;
    std::optional<RecordFile> file_;
    std::optional<std::int64_t> last_step_;
};

}  // namespace dpmd::md
