/** How far the machine's clock may be off, by what its time service has told the kernel. */
import type { ClockDrift } from '../../domain/metadata/task-view.ts';
import { readClockState } from '../../linux/clock-state.ts';

const US_A_MS = 1000;

/** The bound is the kernel's maximum error; without a time service there is none. */
export function clockDrift(): ClockDrift {
  const { synchronized, maximumErrorUs } = readClockState();
  return {
    measuredAt: Date.now(),
    synchronized,
    ...(synchronized && { errorBoundMs: maximumErrorUs / US_A_MS }),
  };
}
