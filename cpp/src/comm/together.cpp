#include "comm/together.hpp"

#include <algorithm>
#include <vector>

namespace dpmd {
namespace {

enum class Kind : int { none, input, device, rank, other };

/// The kind and message of a rank's failure.
Kind describe(const std::exception_ptr& error, std::string& message) {
    if (!error) return Kind::none;
    const auto say = [&](const std::exception& e, Kind kind) {
        message = e.what();
        return kind;
    };
    try {
        std::rethrow_exception(error);
    } catch (const InputError& e) {
        return say(e, Kind::input);
    } catch (const DeviceError& e) {
        return say(e, Kind::device);
    } catch (const RankError& e) {
        return say(e, Kind::rank);
    } catch (const std::exception& e) {
        return say(e, Kind::other);
    } catch (...) {
        message = "an unknown error";
        return Kind::other;
    }
}

}  // namespace

void agree(Communicator& ranks, const std::exception_ptr& error) {
    if (ranks.size() == 1) {
        if (error) std::rethrow_exception(error);
        return;
    }
    std::string message;
    const Kind kind = describe(error, message);
    double first = kind == Kind::none ? -double(ranks.size()) : -double(ranks.rank());
    ranks.max({&first, 1});
    const int failed = static_cast<int>(-first);
    if (failed == ranks.size()) return;
    message.insert(0, 1, static_cast<char>('0' + static_cast<int>(kind)));
    broadcast(ranks, message, failed);
    if (failed == ranks.rank()) std::rethrow_exception(error);
    const auto told = static_cast<Kind>(message[0] - '0');
    message.erase(0, 1);
    if (told == Kind::input) throw InputError(message);
    if (told == Kind::device) throw DeviceError(message);
    throw RankError("rank " + std::to_string(failed) + " failed: " + message);
}

void sum(Communicator& ranks, std::span<FixedSum> sums) {
    if (ranks.size() == 1) return;
    std::vector<std::int64_t> limbs;
    for (const FixedSum& s : sums)
        for (const std::int64_t limb : s.carried().limbs) limbs.push_back(limb);  // small: room for 2^31 ranks
    ranks.sum(limbs);
    const std::int64_t* from = limbs.data();
    for (FixedSum& s : sums)
        for (std::int64_t& limb : s.limbs) limb = *from++;
}

void broadcast(Communicator& ranks, std::string& text, int root) {
    std::int64_t size = ranks.rank() == root ? static_cast<std::int64_t>(text.size()) : 0;
    ranks.broadcast(std::as_writable_bytes(std::span(&size, 1)), root);
    text.resize(static_cast<std::size_t>(size));
    ranks.broadcast(std::as_writable_bytes(std::span(text)), root);
}

}  // namespace dpmd
