/** The kernel's settings in a VPC's namespace, whatever it would take over from the host. */
import { type SysctlName, writeSysctl } from '../../linux/sysctl.ts';

const ipv4 = (scope: string, name: string): SysctlName => ['net', 'ipv4', 'conf', scope, name];

/**
 * `default` is what interfaces get that come later: those of tasks. proxy_arp answers for the other tasks of a
 * subnet (not for addresses that nobody has: they end in the blackhole route). Connections are counted and timed, and
 * told of, for flow logs.
 */
const SETTINGS: readonly (readonly [SysctlName, number])[] = [
  [['net', 'ipv4', 'ip_forward'], 1],
  ...['all', 'default'].flatMap((scope): [SysctlName, number][] => [
    [ipv4(scope, 'rp_filter'), 1],
    [ipv4(scope, 'accept_redirects'), 0],
    [ipv4(scope, 'send_redirects'), 0],
    [ipv4(scope, 'accept_source_route'), 0],
    [['net', 'ipv6', 'conf', scope, 'disable_ipv6'], 1],
  ]),
  [ipv4('default', 'proxy_arp'), 1],
  ...['acct', 'timestamp', 'events'].map((name): [SysctlName, number] => [
    ['net', 'netfilter', `nf_conntrack_${name}`],
    1,
  ]),
];

/** Acts in the namespace where the thread is now. */
export function setVpcSysctls(): void {
  for (const [name, value] of SETTINGS) writeSysctl(name, value);
}
