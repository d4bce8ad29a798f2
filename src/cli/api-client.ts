/** Calls the AWS APIs of a running Neargate: signed JSON over HTTP, without the SDK, which takes long to load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { signRequest } from '../wire/sigv4/sign.ts';
import { CommandError } from './command.ts';
import type { ReadyInfo } from './ready-info.ts';

const SERVICES = {
  ecs: 'AmazonEC2ContainerServiceV20141113',
  logs: 'Logs_20140328',
} as const;
const TIMEOUT_MS = 30_000;

export type ApiService = keyof typeof SERVICES;

/** An answer with one of AWS's exception names. */
export class ApiFailure extends CommandError {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** Waits between two looks; resolves early, without failing, when the signal fires. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

export class ApiClient {
  readonly #info: ReadyInfo;

  constructor(info: ReadyInfo) {
    this.#info = info;
  }

  /** The answer as JSON; times are epoch seconds. Throws ApiFailure. */
  async call<Answer>(
    service: ApiService,
    operation: string,
    input: object,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const { endpoint, region } = this.#info;
    const body = Buffer.from(JSON.stringify(input));
    const headers = {
      host: new URL(endpoint).host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${SERVICES[service]}.${operation}`,
    };
    const signed = signRequest(
      { method: 'POST', url: '/', headers, body },
      { credentials: this.#info, region, service, nowMs: Date.now() },
    );
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, ...signed },
      body,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const answer = (await response.json()) as { __type?: string; message?: string };
    if (response.ok) return answer as Answer;
    throw new ApiFailure(
      answer.__type?.replace(/^.*#/, '') ?? `HTTP ${response.status}`,
      answer.message ?? '',
    );
  }

  /** All pages of a list operation. */
  async list<Answer extends { nextToken?: string }>(
    service: ApiService,
    operation: string,
    input: object,
    signal?: AbortSignal,
  ): Promise<Answer[]> {
    const pages: Answer[] = [];
    let nextToken: string | undefined;
    do {
      const page: Answer = await this.call(service, operation, { ...input, nextToken }, signal);
      pages.push(page);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return pages;
  }
}
