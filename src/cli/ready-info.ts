/**
 * What a running Neargate tells those who want to use it: the ready file. It holds keys, so only its owner can read it.
 * `up` keeps one at <data-dir>/ready.json while it runs, and writes another where --ready-file says.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

export interface ReadyInfo {
  readonly endpoint: string;
  /** `http://…/metrics`, for Prometheus; absent without the setting. */
  readonly metrics?: string;
  readonly region: string;
  readonly account: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly pid: number;
  readonly dataDir: string;
  readonly version: string;
  readonly defaultVpc: {
    readonly vpcId: string;
    readonly subnets: readonly { readonly subnetId: string; readonly availabilityZone: string }[];
    readonly securityGroupId: string;
  };
}

/** Writes it whole or not at all, for its owner only. */
export async function writeReadyFile(path: string, info: ReadyInfo): Promise<void> {
  const fresh = `${path}.${process.pid}.new`;
  await rm(fresh, { force: true });
  await writeFile(fresh, `${JSON.stringify(info, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(fresh, path);
}

/** Undefined when there is no such file. */
export async function readReadyFile(path: string): Promise<ReadyInfo | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ReadyInfo;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
