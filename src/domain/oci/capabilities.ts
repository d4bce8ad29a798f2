/** Which capabilities a container holds: Docker's default set, with what the definition drops and adds. */

export const DEFAULT_CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
] as const;

/** Drops come first, then adds. Names may come with or without `CAP_`; `ALL` drops everything. */
export function effectiveCapabilities(
  changes: { add?: readonly string[] | undefined; drop?: readonly string[] | undefined } | undefined,
): string[] {
  const dropped = new Set((changes?.drop ?? []).map(fullName));
  const kept = dropped.has('CAP_ALL') ? [] : DEFAULT_CAPABILITIES.filter((name) => !dropped.has(name));
  return [...new Set([...kept, ...(changes?.add ?? []).map(fullName)])];
}

function fullName(name: string): string {
  const upper = name.toUpperCase();
  return upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
}
