/** The runtimes that the tests of tasks run with, and what one of them lacks (docs/isolation.md). */
import { it } from 'node:test';

export const RUNTIMES = ['runc', 'gvisor'] as const;
export type Runtime = (typeof RUNTIMES)[number];

export type Need =
  /** Sockets that block until something comes: BusyBox's wget and httpd. */
  | 'blocking-sockets'
  | 'system-controls'
  | 'shared-fifos'
  /** Files of the machine's own kernel below /sys and /proc, and its names for what it does. */
  | 'host-kernel'
  /** Raw sockets: gVisor holds no CAP_NET_RAW. */
  | 'raw-sockets';

const LACKS: Readonly<Record<Runtime, ReadonlySet<Need>>> = {
  runc: new Set(),
  gvisor: new Set<Need>([
    'blocking-sockets',
    'system-controls',
    'shared-fifos',
    'host-kernel',
    'raw-sockets',
  ]),
};

export function has(runtime: Runtime, need: Need): boolean {
  return !LACKS[runtime].has(need);
}

/** `it` for a case that needs something; where the runtime lacks it, there is no such case. */
export function itWith(runtime: Runtime, need: Need): (title: string, body: () => Promise<void>) => void {
  return (title, body) => {
    if (has(runtime, need)) it(title, body);
  };
}
