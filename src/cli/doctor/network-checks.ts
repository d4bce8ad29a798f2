/** What of the kernel VPCs need: each ability is tried in a network namespace of the trial, which leaves nothing behind. */
import { type Check, type Finding, missing, note, ok } from './check.ts';
import type { HostView } from './host-view.ts';

interface Ability {
  /** In plain words. */
  readonly words: string;
  /** The kernel's option, or module in lower case. */
  readonly option: string;
  /** As text for `nft`. */
  readonly trial: string;
}

const TABLE = 'add table ip probe;';
const FILTER = `${TABLE} add chain ip probe c { type filter hook forward priority 0; };`;
const rule = (text: string): string => `${FILTER} add rule ip probe c ${text}`;

/** Security groups, routes, public addresses and the host's own side stand on these. */
const ABILITIES: readonly Ability[] = [
  { words: 'connection tracking', option: 'NFT_CT', trial: rule('ct state established,related accept') },
  {
    words: 'translation of addresses',
    option: 'NFT_NAT',
    trial: `${TABLE} add map ip probe m { type ipv4_addr : ipv4_addr; }; add chain ip probe n { type nat hook postrouting priority 100; }; add rule ip probe n snat ip to ip saddr map @m`,
  },
  {
    words: "translation to the machine's own address",
    option: 'NFT_MASQ',
    trial: `${TABLE} add chain ip probe n { type nat hook postrouting priority 100; }; add rule ip probe n masquerade`,
  },
  {
    words: 'sets of interface, address and MAC address',
    option: 'NF_TABLES',
    trial: `${TABLE} add set ip probe s { type iface_index . ipv4_addr . ether_addr; }`,
  },
  {
    words: 'maps from ranges to chains',
    option: 'NF_TABLES',
    trial: rule('ip saddr vmap { 10.0.0.0/8 : accept }'),
  },
  { words: 'kinds of addresses', option: 'NFT_FIB_IPV4', trial: rule('fib daddr type local accept') },
  {
    words: 'sizes of TCP segments',
    option: 'NF_TABLES',
    trial: rule('tcp flags syn tcp option maxseg size set 1360'),
  },
  {
    words: 'logging of dropped packets',
    option: 'NFT_LOG',
    trial: rule('log prefix "probe" group 100 snaplen 128 drop'),
  },
  {
    words: 'filtering of ARP',
    option: 'NF_TABLES_ARP',
    trial: 'add table arp probe; add chain arp probe c { type filter hook input priority 0; }',
  },
  { words: 'tables for IPv4 and IPv6 at once', option: 'NF_TABLES_INET', trial: 'add table inet probe' },
];

/** What the kernel can keep of connections: its setting, in plain words, and the option that gives it. */
const RECORDS = [
  ['acct', 'counts of bytes and packets', 'NF_CONNTRACK'],
  ['events', 'ends of connections', 'NF_CONNTRACK_EVENTS'],
  ['timestamp', 'times of connections', 'NF_CONNTRACK_TIMESTAMP'],
] as const;
const LOG_READER = '/proc/net/netfilter/nfnetlink_log';

export const networkChecks: readonly Check[] = [
  {
    name: 'veth',
    look: (host) =>
      unlessUntried(host, 'ip', async () => {
        const why = await tryIt(host, 'ip', 'link add probe0 type veth peer name probe1'.split(' '));
        return why === undefined
          ? ok('works')
          : missing(why, 'use a kernel with it (VETH), or load its module');
      }),
  },
  { name: 'nf_tables', look: (host) => unlessUntried(host, 'nft', () => lookAtAbilities(host)) },
  { name: 'VPC flow logs', look: (host) => unlessUntried(host, 'nft', () => lookAtFlowLogs(host)) },
];

async function lookAtAbilities(host: HostView): Promise<Finding> {
  const everything = await tryIt(host, 'nft', ['add table inet probe']);
  if (everything !== undefined) {
    return missing(
      everything,
      'use a kernel with it; in a container, give it the right to make network namespaces',
    );
  }
  const lacks: Ability[] = [];
  for (const ability of ABILITIES) {
    if ((await tryIt(host, 'nft', [ability.trial])) !== undefined) lacks.push(ability);
  }
  if (lacks.length === 0) return ok('works, with all that VPCs need');
  const options = [...new Set(lacks.map(({ option }) => option))];
  return missing(
    `the kernel lacks ${lacks.map(({ words }) => words).join(', ')}`,
    `use a kernel with ${options.join(', ')}, or load the modules: security groups and routes need them`,
  );
}

async function lookAtFlowLogs(host: HostView): Promise<Finding> {
  const names = RECORDS.map(([name]) => name).join(' ');
  const script = `nft '${rule('ct state new accept')}'; for n in ${names}; do test -e /proc/sys/net/netfilter/nf_conntrack_$n || echo $n; done`;
  const result = await host.run('unshare', ['--net', 'sh', '-c', script]);
  const printed = new Set(result?.output.split('\n'));
  const lacks = RECORDS.filter(([name]) => printed.has(name)).map(
    ([, words, option]) => [words, option] as const,
  );
  const readers = [
    ...((await host.exists(LOG_READER)) || (await isThere(host, 'nfnetlink_log'))
      ? []
      : [['the way dropped packets are read', 'NETFILTER_NETLINK_LOG'] as const]),
    ...((await isThere(host, 'nf_conntrack_netlink'))
      ? []
      : [['the way connections are read', 'NF_CT_NETLINK'] as const]),
  ];
  const all = [...lacks, ...readers];
  if (all.length === 0) return ok('the kernel can count and tell');
  return note(
    `the kernel lacks ${all.map(([words]) => words).join(', ')}`,
    `tasks run without; for flow logs use a kernel with ${all.map(([, option]) => option).join(', ')}`,
  );
}

/** False only where it is known: without `modprobe` nobody can say. */
async function isThere(host: HostView, module: string): Promise<boolean> {
  const result = await host.run('modprobe', ['--dry-run', '--quiet', module]);
  return result === undefined || result.status === 0;
}

async function unlessUntried(
  host: HostView,
  program: string,
  look: () => Promise<Finding>,
): Promise<Finding> {
  if (!host.isRoot) return note('not tried', 'run neargate doctor as root to try it');
  if ((await host.run(program, ['-V'])) !== undefined) return look();
  return note('not tried', `the trial needs the program ${program}`);
}

/** Undefined when it works, else why not. */
async function tryIt(host: HostView, program: string, args: readonly string[]): Promise<string | undefined> {
  const result = await host.run('unshare', ['--net', program, ...args]);
  if (result?.status === 0) return undefined;
  return result?.output.trim().split('\n')[0] ?? 'no program unshare (util-linux)';
}
