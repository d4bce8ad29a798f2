/**
 * Our table on the host, `neargate_<tag>`: loaded in one transaction, which may be repeated. Other tables are never
 * touched.
 */
import { ANY_UPLINK_PREFIX, HOST_TABLE_PREFIX } from './names.ts';
import type { Within } from '../../linux/sockets.ts';
import { runTool } from './run-tool.ts';

/** A set that is there while the Neargate of the table ends. */
const ENDING = 'ending';

export interface HostTable {
  readonly table: string;
  readonly uplinkPrefix: string;
  /** Range of the public addresses of tasks and gateways. */
  readonly publicCidr: string;
  /** They lead here also from beyond the machine, and are seen there; otherwise it takes the machine's own address. */
  readonly publicRouted: boolean;
}

/**
 * The host's side. What comes from a VPC does not reach the host itself, and another VPC only by public addresses, whose
 * own side then asks groups; so it is with what comes from outside. `opened` holds the interfaces that forward only
 * because we let them: through those the machine must not become a router for others (published ports of a container
 * engine are exempt).
 */
export function hostRules({ table, uplinkPrefix, publicCidr, publicRouted }: HostTable): string {
  const ours = `"${uplinkPrefix}*"`;
  const translated = publicRouted ? `ip saddr != ${publicCidr} ` : '';
  const anyones = `"${ANY_UPLINK_PREFIX}*"`;
  return `
add table inet ${table}
add set inet ${table} opened { type ifname; }
${setEnding(table)}
delete set inet ${table} ${ENDING}
add chain inet ${table} input { type filter hook input priority -10; policy accept; }
add chain inet ${table} forward { type filter hook forward priority -10; policy accept; }
add chain inet ${table} postrouting { type nat hook postrouting priority 100; policy accept; }
flush chain inet ${table} input
flush chain inet ${table} forward
flush chain inet ${table} postrouting
add rule inet ${table} input iifname ${ours} ct state established,related accept
add rule inet ${table} input iifname ${ours} drop
add rule inet ${table} forward oifname ${ours} ip daddr ${publicCidr} accept
add rule inet ${table} forward iifname ${ours} oifname ${anyones} drop
add rule inet ${table} forward iifname ${ours} accept
add rule inet ${table} forward oifname ${ours} ct state established,related accept
add rule inet ${table} forward oifname ${ours} drop
add rule inet ${table} forward iifname @opened oifname != ${anyones} ct state new ct status & dnat == 0 drop
add rule inet ${table} postrouting iifname ${ours} oifname != ${anyones} ${translated}masquerade
`;
}

/** Loads rules on the host, or in the namespace of `within`. */
export async function loadRules(rules: string, within?: Within): Promise<void> {
  await runTool(['nft', '-f', '-'], rules, within);
}

/** Notes interfaces that forward because of us. */
export async function addOpened(table: string, interfaces: readonly string[]): Promise<void> {
  if (interfaces.length === 0) return;
  const list = interfaces.map((name) => `"${name}"`).join(', ');
  await loadRules(`add element inet ${table} opened { ${list} }\n`);
}

/**
 * Leaves them to another Neargate on the machine, which then needs them open, and closes them when it ends. False when
 * it is ending itself.
 */
export async function leaveOpened(table: string, interfaces: readonly string[]): Promise<boolean> {
  const list = interfaces.map((name) => `"${name}"`).join(', ');
  // The set can only be made where it is not: all of this happens, or nothing.
  const script = `${setEnding(table).replace('add', 'create')}
delete set inet ${table} ${ENDING}
add element inet ${table} opened { ${list} }
`;
  return loadRules(script).then(
    () => true,
    () => false,
  );
}

/** From now on no other Neargate leaves anything to this one. */
export async function refuseOpened(table: string): Promise<void> {
  await loadRules(`add table inet ${table}\n${setEnding(table)}\n`);
}

/** The host's tables of all other Neargates. */
export async function listOtherTables(table: string): Promise<string[]> {
  const answer = JSON.parse(await runTool(['nft', '-j', 'list', 'tables', 'inet'])) as {
    nftables: { table?: { name: string } }[];
  };
  return answer.nftables
    .flatMap((item) => item.table?.name ?? [])
    .filter((name) => name.startsWith(HOST_TABLE_PREFIX) && name !== table);
}

function setEnding(table: string): string {
  return `add set inet ${table} ${ENDING} { type ifname; }`;
}

/** Forgets them: the whole machine forwards now. */
export async function forgetOpened(table: string): Promise<void> {
  await loadRules(`flush set inet ${table} opened\n`);
}

/** Interfaces that forward because of us; none when our table is not there. */
export async function listOpened(table: string): Promise<string[]> {
  try {
    const answer = JSON.parse(await runTool(['nft', '-j', 'list', 'set', 'inet', table, 'opened'])) as {
      nftables: { set?: { elem?: string[] } }[];
    };
    return answer.nftables.flatMap((item) => item.set?.elem ?? []);
  } catch {
    return [];
  }
}

/** Removes our table from the host. May be repeated. */
export async function removeHostTable(table: string): Promise<void> {
  await loadRules(`add table inet ${table}\ndelete table inet ${table}\n`);
}
