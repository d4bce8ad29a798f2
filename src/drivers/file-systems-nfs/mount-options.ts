/** The options of mount(2) for NFSv4.1. Unlike mount.nfs4, the kernel must be told the server's address. */

/** As AWS recommends them for EFS. */
const RECOMMENDED = [
  'vers=4.1',
  'rsize=1048576',
  'wsize=1048576',
  'hard',
  'timeo=600',
  'retrans=2',
  'noresvport',
];

export interface ServerAddress {
  /** IPv4. */
  readonly address: string;
  readonly port: number;
}

/** The kernel names the client to the server by `address`; NFSv4.1 calls back on the same connection. */
export function mountOptions({ address, port }: ServerAddress): string {
  return [...RECOMMENDED, 'proto=tcp', `port=${port}`, `addr=${address}`].join(',');
}

/** `<host>:<directory>`, the form in which /proc/mounts shows a source. */
export function mountSource(host: string, ...directories: readonly string[]): string {
  const parts = directories.flatMap((directory) => directory.split('/')).filter((part) => part !== '');
  return `${host}:/${parts.join('/')}`;
}
