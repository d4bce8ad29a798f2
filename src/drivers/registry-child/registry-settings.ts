/** Settings of docker-registry, and where it keeps what. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

export interface RegistryPaths {
  readonly settings: string;
  readonly storage: string;
  /** There while manifests or repositories were deleted whose layers are still kept. */
  readonly garbage: string;
  readonly socket: string;
}

export interface RegistryPlaces {
  /** Absolute; made when missing, 0700. */
  readonly directory: string;
  /** Keep it short: a socket's path may have 107 bytes. */
  readonly socket: string;
}

export function registryPaths({ directory, socket }: RegistryPlaces): RegistryPaths {
  return {
    settings: join(directory, 'config.yml'),
    storage: join(directory, 'storage'),
    garbage: join(directory, 'garbage'),
    socket,
  };
}

/** `secret` signs the state of uploads: with the same one they go on after a restart. */
export function registrySettings({ storage, socket }: RegistryPaths, secret: string): string {
  const text = (value: string): string => JSON.stringify(value);
  return `version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: ${text(storage)} }
  delete: { enabled: true }
  maintenance: { uploadpurging: { enabled: true, age: 48h, interval: 24h, dryrun: false } }
http:
  net: unix
  addr: ${text(socket)}
  secret: ${text(createHash('sha256').update(secret).digest('hex'))}
  relativeurls: true
`;
}
