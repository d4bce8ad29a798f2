/** What `up` tells its agent: the settings as they are in force, and where the endpoint listens. A 0600 file. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Config } from '../config.ts';

export interface AgentConfig extends Config {
  /** The front door, as this process reaches it. */
  readonly endpoint: { readonly host: string; readonly port: number };
  /** AWS's short names of the services that it has. */
  readonly services: readonly string[];
  /** PEM of the authority that makes their certificates. */
  readonly serviceAuthority: string;
}

export async function writeAgentConfig(path: string, config: AgentConfig): Promise<void> {
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
}

export async function readAgentConfig(path: string): Promise<AgentConfig> {
  return JSON.parse(await readFile(path, 'utf8')) as AgentConfig;
}
