/**
 * How long data are kept, and how finely: CloudWatch's steps. Data are rolled up by windows: one goes to the next step
 * when all of it is old enough, and it lies within one window there.
 */

export interface ResolutionStep {
  /** Milliseconds that one point stands for. */
  readonly resolutionMs: number;
  /** How old data of this step become before the next one has them. */
  readonly keepMs: number;
  readonly windowMs: number;
  /** Up to how many different values a point keeps as they are (distribution.ts). */
  readonly exactValues: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From fine to coarse; each window is a whole number of the windows before. */
export const RESOLUTION_STEPS = [
  { resolutionMs: 1_000, keepMs: 3 * HOUR, windowMs: 15 * MINUTE, exactValues: 32 },
  { resolutionMs: MINUTE, keepMs: 15 * DAY, windowMs: 4 * HOUR, exactValues: 32 },
  { resolutionMs: 5 * MINUTE, keepMs: 63 * DAY, windowMs: 2 * DAY, exactValues: 1 },
  { resolutionMs: HOUR, keepMs: 455 * DAY, windowMs: 16 * DAY, exactValues: 1 },
] as const satisfies readonly ResolutionStep[];

/** What is older is not kept at all. */
export const RETENTION_MS = RESOLUTION_STEPS[3].keepMs;

/** Which of the steps a datum of this resolution (seconds) enters. */
export const firstStep = (resolution: 1 | 60): number => (resolution === 1 ? 0 : 1);

/** The window's number, counted from the epoch. */
export const windowOf = (step: ResolutionStep, at: number): number => Math.floor(at / step.windowMs);

/** True when all of the window is for the next step, or for none. */
export function isWindowOver(step: ResolutionStep, window: number, now: number): boolean {
  return (window + 1) * step.windowMs <= now - step.keepMs;
}
