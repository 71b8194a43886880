#pragma once
// Devices, streams, copies, events and graphs. Whatever is queued on a stream is done at once, unless the stream is
// captured.
#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "emulator/status.hpp"

namespace dpmd::emulator {

/// A piece of work on a device.
using Work = std::function<Status()>;

struct StreamState {
    bool captured = false, invalidated = false;
    std::vector<Work> recorded;
};
struct EventState {
    bool recorded = false;
    std::chrono::steady_clock::time_point time;
};
struct GraphState {
    std::vector<Work> recorded;
};
using Stream = StreamState*;
using Event = EventState*;
using Graph = GraphState*;

Status check_device();
Status device_count(int* count);
Status set_device(int device);

/// Does the work, or records it when the stream is captured into a graph.
Status put(Stream stream, Work work);
/// Fails if this thread captures a stream, and invalidates the capture, like the vendors' runtimes.
Status forbid_in_capture(const char* operation);

enum class Direction { to_device, to_host, on_device };
Status copy(void* to, const void* from, std::size_t bytes, Direction direction, Stream stream);
Status set_bytes(void* to, int byte, std::size_t bytes, Stream stream);

Status create_stream(Stream* stream);
Status destroy_stream(Stream stream);
Status synchronize(Stream stream);
Status create_event(Event* event);
Status destroy_event(Event event);
Status record(Event event, Stream stream);
Status synchronize_event(Event event);
Status elapsed_ms(float* ms, Event from, Event to);
Status begin_capture(Stream stream);
Status end_capture(Stream stream, Graph* graph);
Status launch_graph(Graph graph, Stream stream);
Status destroy_graph(Graph graph);

}  // namespace dpmd::emulator
