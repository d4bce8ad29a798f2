/**
 * Flags of Node for the agent's process. Data of images passes through buffers outside of the heap, which count when V8
 * decides to collect; from its usual few megabytes on, pulls spent half of their time in the collector.
 */
export const AGENT_FLAGS: readonly string[] = ['--initial-old-space-size=64'];
