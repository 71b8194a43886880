#include "core/run_program.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/text.hpp"

namespace dpmd {
namespace {

using Clock = std::chrono::steady_clock;

/// What happens to the descriptors of a new process.
class Descriptors {
public:
    explicit Descriptors(const std::filesystem::path& messages) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                         0600);
        close_others();
    }
    ~Descriptors() { posix_spawn_file_actions_destroy(&actions_); }
    Descriptors(const Descriptors&) = delete;
    Descriptors& operator=(const Descriptors&) = delete;

    const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    /// A host's sockets and locks end with the host, not with a program that was started for a model.
    void close_others() {
        std::error_code ignored;
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
            const int descriptor = std::atoi(entry.path().filename().c_str());
            if (descriptor > STDERR_FILENO) posix_spawn_file_actions_addclose(&actions_, descriptor);
        }
    }

    posix_spawn_file_actions_t actions_{};
};

/// A process gets the signals that a shell would give it: a host may have blocked some, and may ignore the ends of its
/// children, for which Python waits.
class Signals {
public:
    Signals() {
        sigset_t none, with_default;
        sigemptyset(&none);
        sigemptyset(&with_default);
        sigaddset(&with_default, SIGCHLD);
        sigaddset(&with_default, SIGPIPE);
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &with_default);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~Signals() { posix_spawnattr_destroy(&attributes_); }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    const posix_spawnattr_t* get() const { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

/// Pointers into texts, with a null at the end, as the system wants them.
std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

std::string end_in_words(int status) {
    if (WIFSIGNALED(status)) return concat("it was killed by signal ", WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? std::string() : concat("its exit status was ", WEXITSTATUS(status));
}

std::string wait_for(pid_t process, std::chrono::seconds limit) {
    const Clock::time_point end = Clock::now() + limit;
    auto pause = std::chrono::milliseconds(1);
    for (int status = 0;;) {
        const pid_t ended = ::waitpid(process, &status, WNOHANG);
        if (ended == process) return end_in_words(status);
        // a host that ignores the ends of its children, or takes them all itself, leaves no status
        if (ended < 0 && errno != EINTR) return {};
        if (Clock::now() > end) {
            ::kill(process, SIGKILL);
            while (::waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
            return concat("it was ended after ", limit.count(), " s");
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, std::chrono::milliseconds(32));
    }
}

}  // namespace

std::string run_program(const Program& program) {
    std::vector<std::string> words{program.path.string()}, environment = program.environment;
    words.insert(words.end(), program.arguments.begin(), program.arguments.end());
    const Descriptors descriptors(program.messages);
    const Signals signals;
    pid_t process = 0;
    // Not fork: memory that a network card or a GPU has pinned must not be copied, and handlers of MPI not be called.
    const int error = ::posix_spawn(&process, program.path.c_str(), descriptors.get(), signals.get(),
                                    pointers(words).data(), pointers(environment).data());
    if (error != 0) return concat("it could not be started: ", std::strerror(error));
    return wait_for(process, program.limit);
}

}  // namespace dpmd
