/**
 * What test processes on one machine share out among themselves: ranges of addresses that the machine has a route to, and
 * ports that are to be there again after a restart. Each process has a share of its own for as long as it lives.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A share is whose process listens here, on loopback; below the ports that the kernel gives out by itself. */
const FIRST_PORT = 19_000;
/** As many processes can run at the same time. */
const SHARES = 14;
const PORTS_OF_SHARE = 50;

/** The number of this process's share, from 0 to 13. */
export const SHARE = await claim();

const ports = portsOfShare();

/** A port on loopback that no other process takes, also not while nobody listens there; each time another one. */
export function nextPort(): number {
  return ports.next().value;
}

function* portsOfShare(): Generator<number, never> {
  const first = FIRST_PORT + SHARES + SHARE * PORTS_OF_SHARE;
  for (let index = 0; ; index += 1) yield first + (index % PORTS_OF_SHARE);
}

async function claim(): Promise<number> {
  for (let share = 0; share < SHARES; share += 1) {
    const holder = createServer().listen({ host: '127.0.0.1', port: FIRST_PORT + share, exclusive: true });
    const isOurs = await once(holder, 'listening').then(
      () => true,
      () => false,
    );
    // The kernel gives it back with the process.
    if (isOurs) {
      holder.unref();
      return share;
    }
  }
  throw new Error(`more than ${SHARES} test processes run on this machine`);
}
