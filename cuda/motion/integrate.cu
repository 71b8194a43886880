#include "motion/integrate.hpp"

#include "backend/items/motion.hpp"
#include "items.hpp"

namespace dpmd::gpu {

void kick(Queue& queue, const KickArgs& args) { for_each_item<KickAtom>(queue, "kick", args.n, args); }
void drift(Queue& queue, const DriftArgs& args) { for_each_item<DriftAtom>(queue, "drift", args.n, args); }
void scale_velocities(Queue& queue, const ScaleVelocitiesArgs& args) {
    for_each_item<ScaleVelocity>(queue, "scale_velocities", args.n, args);
}
void shift_velocities(Queue& queue, const ShiftVelocitiesArgs& args) {
    for_each_item<ShiftVelocity>(queue, "shift_velocities", args.n, args);
}
void langevin(Queue& queue, const LangevinArgs& args) { for_each_item<AddNoise>(queue, "langevin", args.n, args); }

}  // namespace dpmd::gpu
