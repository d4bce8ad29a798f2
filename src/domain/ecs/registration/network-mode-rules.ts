/** What containers of a task with an interface of its own cannot have: the interface's settings hold for all of them. */
import type { ContainerDefinition } from '../task-definition.ts';
import { refuse } from './refuse.ts';

/** Throws ClientException for the first thing that awsvpc mode does not have. */
export function checkNetworkMode(
  containers: readonly ContainerDefinition[],
  networkMode: string | undefined,
): void {
  if (networkMode !== 'awsvpc') return;
  for (const container of containers) {
    if (hasSome(container.links)) throw refuse('Links are not supported when networkMode=awsvpc.');
    const foreign = foreignSetting(container);
    if (foreign !== undefined) throw refuse(`${foreign} not supported on container when networkMode=awsvpc.`);
  }
}

function foreignSetting(container: ContainerDefinition): string | undefined {
  if (container.disableNetworking === true) return 'Disable Networking is';
  if ((container.hostname ?? '') !== '') return 'hostname is';
  if (hasSome(container.extraHosts)) return 'Extra hosts are';
  if (hasSome(container.dnsServers)) return 'DNS servers are';
  return hasSome(container.dnsSearchDomains) ? 'DNS search domains are' : undefined;
}

function hasSome(list: readonly unknown[] | undefined): boolean {
  return (list ?? []).length > 0;
}
