/** A scene's registry as tasks find it on the internet, by the address of the host there. */
import { connect } from 'node:net';
import type { TestRegistry } from '../registry/registry.ts';
import type { Outside } from './outside.ts';
import type { Vantage } from './vantage.ts';

const PORT = 5000;

/** For `--insecure-registries`, and as the beginning of image references. */
export function publishedName({ address }: Outside): string {
  return `${address}:${PORT}`;
}

/** Clients wait until `gate` resolves. Lasts until the vantage is closed. */
export async function publishRegistry(
  internet: Vantage,
  { host }: TestRegistry,
  gate: Promise<void> = Promise.resolve(),
): Promise<void> {
  const [address = '', port] = host.split(':');
  await internet.listen(PORT, (client) => {
    void gate.then(() => {
      const registry = connect(Number(port), address);
      registry.on('error', () => client.destroy());
      client.on('close', () => registry.destroy());
      registry.on('close', () => client.destroy());
      client.pipe(registry);
      registry.pipe(client);
    });
  });
}
