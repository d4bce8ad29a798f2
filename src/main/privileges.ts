/**
 * Which of root's capabilities the processes of a Neargate run with: docs/security.md. The control plane is started by
 * `bin/neargate` with few of them, as a process in which user 0 is given none for its number (`noroot`). It may end that
 * for a program that it starts, which then has what its bounding set lets it have.
 */

/** By setpriv's names: what the agent, containerd and containers of the runtimes below need. */
export const AGENT_CAPABILITIES: readonly string[] = [
  ...['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap'],
  ...['net_bind_service', 'net_admin', 'net_raw', 'sys_chroot', 'sys_ptrace', 'sys_admin', 'sys_resource'],
  ...['mknod', 'audit_write', 'setfcap'],
];

/** Of others nobody knows here what they need. */
const KNOWN_RUNTIMES = ['runc', 'gvisor'];

/** The command that runs `command` as root with the capabilities of an agent. */
export function withAgentCapabilities(command: readonly string[], runtimes: readonly string[]): string[] {
  const bounding = ['-all', ...AGENT_CAPABILITIES.map((name) => `+${name}`)].join();
  return [
    ...['setpriv', '--securebits=-noroot', '--inh-caps=-all', '--ambient-caps=-all'],
    ...(runtimes.every((name) => KNOWN_RUNTIMES.includes(name)) ? [`--bounding-set=${bounding}`] : []),
    '--',
    ...command,
  ];
}
