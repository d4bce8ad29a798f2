/** Debian's Prometheus on loopback, with data of its own, and its tool; both gone when the test is. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { patient } from '../../../src/ports/testing/patience.ts';
import { nextPort } from '../../../src/ports/testing/machine-share.ts';

const PATIENCE_MS = patient(60_000);
const run = promisify(execFile);

export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Why it cannot be used, or undefined. */
export async function prometheusMissing(): Promise<string | undefined> {
  try {
    await run('prometheus', ['--version']);
    await run('promtool', ['--version']);
    return undefined;
  } catch {
    return 'prometheus is missing (Debian package)';
  }
}

/** What `promtool check metrics` finds wrong with a text. */
export async function promtoolFindings(metrics: string): Promise<string> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
  }
  child.stdin.end(metrics);
  const [code] = (await once(child, 'close')) as [number];
  return code === 0 ? said.join('') : `exit code ${code}: ${said.join('')}`;
}

export class Prometheus {
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #url: string;

  private constructor(child: ChildProcess, directory: string, url: string) {
    this.#child = child;
    this.#directory = directory;
    this.#url = url;
  }

  /** One that scrapes an address each second. */
  static async start(target: URL): Promise<Prometheus> {
    const directory = await mkdtemp(join(tmpdir(), 'neargate-prometheus-'));
    const config = join(directory, 'prometheus.yml');
    const scrape = { job_name: 'neargate', static_configs: [{ targets: [target.host] }] };
    // JSON is YAML, too.
    await writeFile(
      config,
      JSON.stringify({ global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: [scrape] }),
    );
    const address = `127.0.0.1:${nextPort()}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=${address}`,
        '--log.level=warn',
      ],
      { stdio: 'ignore' },
    );
    return new Prometheus(child, directory, `http://${address}`);
  }

  /** Asks until the answer is as wanted; rejects with the last one when it never is. */
  async queryUntil(
    query: string,
    holds: (found: readonly QueryResult[]) => boolean,
  ): Promise<readonly QueryResult[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await this.#query(query).catch(() => undefined);
      if (found !== undefined && holds(found)) return found;
      if (this.#child.exitCode !== null) throw new Error('Prometheus has ended');
      if (performance.now() > deadline) throw new Error(`${query}: ${JSON.stringify(found)}`);
      await delay(200);
    }
  }

  /** Why its last scrape failed; empty when it did not. */
  async scrapeError(): Promise<string> {
    const answer = (await (await fetch(`${this.#url}/api/v1/targets`)).json()) as {
      data: { activeTargets: { lastError: string }[] };
    };
    return answer.data.activeTargets.map(({ lastError }) => lastError).join();
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exited;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #query(query: string): Promise<QueryResult[]> {
    const url = `${this.#url}/api/v1/query?query=${encodeURIComponent(query)}`;
    const answer = (await (await fetch(url)).json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }
}
