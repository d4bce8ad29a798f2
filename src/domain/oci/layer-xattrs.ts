/** Extended attributes of files in image layers. */

const SEEN = /^(security\.capability$|system\.posix_acl_(access|default)$|user\.(?!overlay\.))/;

/** Whether containers see an attribute; overlay's own and those of the host's security modules are none of theirs. */
export function isSeenByContainers(name: string): boolean {
  return SEEN.test(name);
}
