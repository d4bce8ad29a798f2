/** Rights, room, addresses: what of the host stands in the way. */
import { join } from 'node:path';
import { type Check, type Finding, missing, note, ok } from './check.ts';
import { overlaps, parseRange, type RoutedRange, routedRanges } from './ip-ranges.ts';
import type { HostView } from './host-view.ts';
import type { CommandSettings } from '../command.ts';

const GIB = 1024 ** 3;
const ROOM_GIB = 10;
const OLDEST_NODE = [20, 19] as const;
/** Interfaces that Neargate itself puts on the host begin with this. */
const OWN_INTERFACES = 'ng-';

export const hostChecks: readonly Check[] = [
  { name: 'root', look: async (host) => lookAtRoot(host) },
  { name: 'node', look: async (host) => lookAtNode(host) },
  { name: 'endpoint', look: (host, { listen }) => lookAtAddress(host, listen, '--listen') },
  { name: 'metrics', look: lookAtMetrics },
  { name: 'VPC range', look: lookAtVpcRange },
  { name: 'uplink range', look: (host, { uplinkCidr }) => lookAtRange(host, uplinkCidr, '--uplink-cidr') },
  { name: 'public range', look: (host, { publicCidr }) => lookAtRange(host, publicCidr, '--public-cidr') },
  { name: 'IP forwarding', look: lookAtForwarding },
  { name: 'disk', look: lookAtDisk },
];

function lookAtRoot({ isRoot }: HostView): Finding {
  return isRoot
    ? ok('yes')
    : missing('you are not root', 'run with sudo (or try --fake, which runs no containers)');
}

function lookAtNode({ nodeVersion }: HostView): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return ok(nodeVersion);
  return missing(nodeVersion, `install Node.js ${OLDEST_NODE.join('.')} or newer`);
}

async function lookAtMetrics(host: HostView, { metricsListen }: CommandSettings): Promise<Finding> {
  if (metricsListen === undefined) return ok('nobody is told: --metrics-listen HOST:PORT is for Prometheus');
  return lookAtAddress(host, metricsListen, '--metrics-listen');
}

async function lookAtAddress(
  host: HostView,
  listen: CommandSettings['listen'],
  flag: string,
): Promise<Finding> {
  const address = `${listen.host}:${listen.port}`;
  const problem = await host.listenProblem(listen.host, listen.port);
  if (problem === undefined) return ok(`${address} is free`);
  if (problem !== 'EADDRINUSE')
    return missing(`${address}: ${problem}`, `listen elsewhere with ${flag} HOST:PORT`);
  return note(`${address} is in use`, `by Neargate itself? Otherwise choose another with ${flag} HOST:PORT`);
}

async function lookAtVpcRange(host: HostView, settings: CommandSettings): Promise<Finding> {
  const { vpcCidr, hostRouteToVpc } = settings;
  if (!hostRouteToVpc) return ok(`${vpcCidr}, not routed from this host`);
  const clash = await findClash(host, vpcCidr);
  if (clash === undefined) return ok(`${vpcCidr} is free`);
  return missing(
    `${vpcCidr} overlaps ${routeWords(clash)}: tasks of the default VPC cannot start`,
    'choose another range with --vpc-cidr before the first task, or --no-host-route-to-vpc',
  );
}

async function lookAtRange(host: HostView, cidr: string, flag: string): Promise<Finding> {
  const clash = await findClash(host, cidr);
  if (clash === undefined) return ok(`${cidr} is free`);
  return note(
    `${cidr} overlaps ${routeWords(clash)}`,
    `choose another range with ${flag}, or this host cannot reach one of the two`,
  );
}

/** One that leads nowhere, as a blackhole, has `*` for a device. */
function routeWords({ cidr, device }: RoutedRange): string {
  return `the route to ${cidr}${device === '*' ? '' : ` on ${device}`}`;
}

async function findClash(host: HostView, cidr: string): Promise<RoutedRange | undefined> {
  const range = parseRange(cidr);
  return routedRanges((await host.read('/proc/net/route')) ?? '').find(
    (route) => !route.device.startsWith(OWN_INTERFACES) && overlaps(route, range),
  );
}

async function lookAtForwarding(host: HostView): Promise<Finding> {
  const value = (await host.read('/proc/sys/net/ipv4/ip_forward'))?.trim();
  return value === '1' ? ok('on') : ok('off; Neargate turns it on when it starts');
}

async function lookAtDisk(host: HostView, settings: CommandSettings): Promise<Finding> {
  const { dataDir, diskFreePercent } = settings;
  const { totalBytes, freeBytes } = await host.space(dataDir);
  const promises = await describePromises(host, join(dataDir, 'disks'));
  const words = `${gib(freeBytes)} free for ${dataDir}${promises}`;
  const reserve = (totalBytes * diskFreePercent) / 100;
  if (freeBytes < reserve) {
    return missing(
      `${words}: less than ${diskFreePercent} % of ${gib(totalBytes)}, so no task is taken`,
      'make room, choose another place with --data-dir, or set --disk-free-percent',
    );
  }
  if (freeBytes >= Math.max(ROOM_GIB * GIB, 2 * reserve)) return ok(words);
  return note(
    words,
    `images and tasks' disks (up to 200 GiB each, sparse) lie there: --data-dir names another place`,
  );
}

/** What tasks were promised and what of it they have taken, where there are tasks. */
async function describePromises(host: HostView, directory: string): Promise<string> {
  const measure = async (...flags: string[]): Promise<number> => {
    const result = await host.run('du', ['-sxB1', ...flags, '--exclude=.*', '--', directory]);
    return Number(/^(\d+)\t/.exec(result?.output ?? '')?.[1] ?? 0);
  };
  const [promised, taken] = await Promise.all([measure('--apparent-size'), measure()]);
  return promised < GIB ? '' : `; ${gib(promised)} promised to tasks, ${gib(taken)} of it taken`;
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
