/** The AWS APIs of a running Neargate, for commands: signed with the keys of its ready file. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { NEARGATE_SERVICE, NEARGATE_TARGET_PREFIX } from '../wire/neargate-operations.ts';
import { createJsonClient, type JsonClient } from '../wire/aws-json/client.ts';
import type { ReadyInfo } from './ready-info.ts';

export interface Api {
  readonly ecs: JsonClient;
  readonly logs: JsonClient;
  readonly neargate: JsonClient;
  close(): void;
}

export function openApi(info: ReadyInfo): Api {
  const { host, hostname, port } = new URL(info.endpoint);
  const client = (service: string, targetPrefix: string): JsonClient =>
    createJsonClient({
      service,
      targetPrefix,
      host,
      region: info.region,
      credentials: () => ({ accessKeyId: info.accessKeyId, secretAccessKey: info.secretAccessKey }),
      connect: async (signal) => {
        const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
        await once(socket, 'connect', { signal });
        return socket;
      },
      clock: Date,
    });
  const ecs = client('ecs', 'AmazonEC2ContainerServiceV20141113');
  const logs = client('logs', 'Logs_20140328');
  const neargate = client(NEARGATE_SERVICE, NEARGATE_TARGET_PREFIX);
  return {
    ...{ ecs, logs, neargate },
    close() {
      for (const each of [ecs, logs, neargate]) each.close();
    },
  };
}

/** Runs `use` with the APIs, and closes them. */
export async function withApi<T>(info: ReadyInfo, use: (api: Api) => Promise<T>): Promise<T> {
  const api = openApi(info);
  try {
    return await use(api);
  } finally {
    api.close();
  }
}

/** All pages of a list operation. */
export async function allPages<Page extends { nextToken?: string | undefined }>(
  fetchPage: (nextToken: string | undefined) => Promise<Page>,
): Promise<Page[]> {
  const pages: Page[] = [];
  let nextToken: string | undefined;
  do {
    const page = await fetchPage(nextToken);
    pages.push(page);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return pages;
}

/** Waits between two looks; resolves early, without failing, when the signal fires. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
