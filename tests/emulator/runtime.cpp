#include "emulator/runtime.hpp"

#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "emulator/device_memory.hpp"
#include "emulator/emulator.hpp"

namespace dpmd::emulator {
namespace {

thread_local Stream captured_stream = nullptr;
thread_local int current_device = 0;

Status check_ranges(const void* to, const void* from, std::size_t bytes, Direction direction) {
    const bool to_device = direction != Direction::to_host, from_device = direction != Direction::to_device;
    const auto is_right = [bytes](const void* pointer, bool device) {
        return pointer != nullptr && (device ? is_on_device(pointer, bytes) : is_on_host(pointer, bytes));
    };
    const auto text = [bytes](const char* side, bool device) {
        return "copy of " + std::to_string(bytes) + " bytes: the " + side +
               (device ? " is not within one allocation of the device" : " is not host memory");
    };
    if (!is_right(to, to_device)) return fail(Status::invalid_value, text("destination", to_device));
    if (!is_right(from, from_device)) return fail(Status::invalid_value, text("source", from_device));
    return Status::success;
}

}  // namespace

Status check_device() {
    if (options().driver_version == 0) return fail(Status::no_driver, "no driver");
    if (current_device >= options().n_devices) return fail(Status::no_device, "no device");
    return Status::success;
}

Status device_count(int* count) {
    *count = options().driver_version == 0 ? 0 : options().n_devices;
    if (options().driver_version == 0) return fail(Status::no_driver, "no driver");
    return *count > 0 ? Status::success : fail(Status::no_device, "no device");
}

Status set_device(int device) {
    int count = 0;
    if (const Status status = device_count(&count); status != Status::success) return status;
    if (device < 0 || device >= count)
        return fail(Status::invalid_value, "device " + std::to_string(device) + " of " + std::to_string(count));
    current_device = device;
    return Status::success;
}

Status put(Stream stream, Work work) {
    if (const Status status = check_device(); status != Status::success) return status;
    if (stream == nullptr || !stream->captured) return work();
    if (stream->invalidated) return Status::capture_invalidated;
    stream->recorded.push_back(std::move(work));
    return Status::success;
}

Status forbid_in_capture(const char* operation) {
    if (captured_stream == nullptr) return Status::success;
    captured_stream->invalidated = true;
    return fail(Status::capture_forbids, std::string(operation) + " is not permitted while a stream is captured");
}

Status copy(void* to, const void* from, std::size_t bytes, Direction direction, Stream stream) {
    if (bytes == 0) return Status::success;
    if (const Status status = check_ranges(to, from, bytes, direction); status != Status::success) return status;
    return put(stream, [=] {
        if (const Status status = check_ranges(to, from, bytes, direction); status != Status::success) return status;
        std::memmove(to, from, bytes);
        ++counters().copies;
        return Status::success;
    });
}

Status set_bytes(void* to, int byte, std::size_t bytes, Stream stream) {
    if (bytes == 0) return Status::success;
    const auto check = [=] {
        if (is_on_device(to, bytes)) return Status::success;
        return fail(Status::invalid_value, "bytes to be set are not within one allocation of the device");
    };
    if (const Status status = check(); status != Status::success) return status;
    return put(stream, [=] {
        if (const Status status = check(); status != Status::success) return status;
        std::memset(to, byte, bytes);
        return Status::success;
    });
}

Status create_stream(Stream* stream) {
    if (const Status status = check_device(); status != Status::success) return status;
    *stream = std::make_unique<StreamState>().release();
    return Status::success;
}
Status destroy_stream(Stream stream) {
    if (stream == captured_stream) captured_stream = nullptr;
    const std::unique_ptr<StreamState> owned(stream);
    return Status::success;
}
Status synchronize(Stream stream) {
    if (stream != nullptr && stream->captured) return forbid_in_capture("synchronization");
    ++counters().synchronizations;
    return check_device();
}

Status create_event(Event* event) {
    if (const Status status = check_device(); status != Status::success) return status;
    *event = std::make_unique<EventState>().release();
    return Status::success;
}
Status destroy_event(Event event) {
    const std::unique_ptr<EventState> owned(event);
    return Status::success;
}
Status record(Event event, Stream stream) {
    event->recorded = stream == nullptr || !stream->captured;  // in a graph an event orders work but measures nothing
    event->time = std::chrono::steady_clock::now();
    return Status::success;
}
Status synchronize_event(Event) { return forbid_in_capture("synchronization with an event"); }
Status elapsed_ms(float* ms, Event from, Event to) {
    if (!from->recorded || !to->recorded) return fail(Status::invalid_value, "an event was not recorded");
    *ms = std::chrono::duration<float, std::milli>(to->time - from->time).count();
    return Status::success;
}

Status begin_capture(Stream stream) {
    if (stream == nullptr) return fail(Status::invalid_value, "the default stream cannot be captured");
    if (captured_stream != nullptr) return forbid_in_capture("a second capture");
    *stream = StreamState{true, false, {}};
    captured_stream = stream;
    return Status::success;
}
Status end_capture(Stream stream, Graph* graph) {
    if (stream == nullptr || stream != captured_stream)
        return fail(Status::invalid_value, "the stream is not captured by this thread");
    StreamState captured = std::exchange(*stream, StreamState{});
    captured_stream = nullptr;
    if (captured.invalidated) return fail(Status::capture_invalidated, "a forbidden operation ended the capture");
    *graph = std::make_unique<GraphState>(GraphState{std::move(captured.recorded)}).release();
    return Status::success;
}
Status launch_graph(Graph graph, Stream stream) {
    if (stream != nullptr && stream->captured) return forbid_in_capture("launch of a graph");
    ++counters().graph_launches;
    for (const Work& work : graph->recorded)
        if (const Status status = work(); status != Status::success) return status;
    return Status::success;
}
Status destroy_graph(Graph graph) {
    const std::unique_ptr<GraphState> owned(graph);
    return Status::success;
}

}  // namespace dpmd::emulator
