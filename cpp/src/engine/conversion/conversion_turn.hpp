#pragma once
// Ranks that start together convert a model once: one of them does it, and the others wait.
#include <chrono>
#include <filesystem>
#include <string>

namespace dpmd {

/// A turn at converting one file, which processes and threads take one after the other by a lock on a file. The system
/// gives it back when a process dies. Where a file system has no locks, or the wait is too long, a process goes on
/// without: it does in vain what another one does, and nothing else is wrong.
class ConversionTurn {
public:
    /// Waits for the turn, at most `longest`. Throws InputError where the file cannot be made.
    ConversionTurn(std::filesystem::path file, std::chrono::seconds longest);
    ~ConversionTurn();
    ConversionTurn(const ConversionTurn&) = delete;
    ConversionTurn& operator=(const ConversionTurn&) = delete;

    /// Why the process for which this one has waited could not do it; empty where it could, or where there was no wait.
    const std::string& failure_before() const { return failure_before_; }
    /// Tells those who wait why it cannot be done, so that they need not try in turn.
    void tell_failure(const std::string& why) const noexcept;

private:
    bool take(std::chrono::seconds longest);
    std::string text() const;
    bool is_in_place() const;

    std::filesystem::path file_;
    int descriptor_ = -1;
    bool is_taken_ = false;
    std::string failure_before_;
};

}  // namespace dpmd
