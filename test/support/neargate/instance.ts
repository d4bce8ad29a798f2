/** A whole Neargate for a test: its own data directory and port, the program as users start it, all gone afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EFSClient } from '@aws-sdk/client-efs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { ReadyInfo } from '../../../src/cli/ready-info.ts';
import { patient } from '../../../src/ports/testing/patience.ts';
import { nextPort, SHARE } from '../../../src/ports/testing/machine-share.ts';

/** The command line, from dist/test/support/neargate/. */
export const PROGRAM = fileURLToPath(new URL('../../../../bin/neargate', import.meta.url));
const READY_MS = patient(30_000);

/** Not the default range: whoever tests may have a Neargate running, and two cannot have the host's route to one. */
export const VPC_CIDR = `10.${200 + SHARE}.0.0/16`;

/** For the second instance of a process, and so on. */
function vpcCidr(index: number): string {
  return index === 0 ? VPC_CIDR : `10.${100 + ofShare(index)}.0.0/16`;
}

/** The host has one route to a public address. */
function publicCidr(index: number): string {
  return `198.19.${ofShare(index)}.0/24`;
}

/** As many instances live in a process at the same time. */
function ofShare(index: number): number {
  return SHARE * 4 + (index % 4);
}

export interface NeargateOptions {
  /** Further flags of `up`. */
  readonly flags?: readonly string[];
  /** Default: a fresh one, removed by `close`. */
  readonly dataDir?: string;
  /** On top of this process's environment, for `up` and what it starts. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: the one of this checkout. */
  readonly program?: string;
  /** What each `up` says is put at the end of this file, too. */
  readonly logFile?: string;
}

interface Start {
  readonly logFile: string | undefined;
  readonly program: string;
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export class Neargate {
  /** In this process. */
  static #started = 0;
  readonly dataDir: string;
  /** Of the public addresses of its tasks and gateways. */
  readonly publicCidr: string;
  readonly ecs: ECSClient;
  readonly logs: CloudWatchLogsClient;
  readonly cloudWatch: CloudWatchClient;
  readonly ec2: EC2Client;
  readonly ecr: ECRClient;
  readonly efs: EFSClient;
  readonly secretsManager: SecretsManagerClient;
  readonly ssm: SSMClient;
  info: ReadyInfo;
  #process: ChildProcess;
  readonly #start: Start;

  private constructor(
    { dataDir, publicCidr, start }: { dataDir: string; publicCidr: string; start: Start },
    child: ChildProcess,
    info: ReadyInfo,
  ) {
    this.dataDir = dataDir;
    this.publicCidr = publicCidr;
    this.#start = start;
    this.#process = child;
    this.info = info;
    const client = {
      endpoint: info.endpoint,
      region: info.region,
      credentials: { accessKeyId: info.accessKeyId, secretAccessKey: info.secretAccessKey },
      maxAttempts: 5,
    };
    this.ecs = new ECSClient(client);
    this.logs = new CloudWatchLogsClient(client);
    this.cloudWatch = new CloudWatchClient(client);
    this.ec2 = new EC2Client(client);
    this.ecr = new ECRClient(client);
    this.efs = new EFSClient(client);
    this.secretsManager = new SecretsManagerClient(client);
    this.ssm = new SSMClient(client);
  }

  /** Resolves when it is ready. */
  static async start(options: NeargateOptions = {}): Promise<Neargate> {
    const { flags = [], dataDir, environment = {}, program = PROGRAM, logFile } = options;
    const directory = dataDir ?? (await mkdtemp(join(tmpdir(), 'neargate-')));
    const index = Neargate.#started;
    Neargate.#started += 1;
    const range = publicCidr(index);
    // Most tests name roles that nobody made; those that are about roles say `--iam enforce`.
    const base = ['--vpc-cidr', vpcCidr(index), '--public-cidr', range, '--iam', 'permissive'];
    const fixed = [...base, ...flags];
    try {
      // Later starts listen where the clients look.
      const listen = ['--listen', `127.0.0.1:${nextPort()}`];
      const start = { program, flags: [...listen, ...fixed], environment, logFile };
      const { child, info } = await up(directory, start);
      return new Neargate({ dataDir: directory, publicCidr: range, start }, child, info);
    } catch (error) {
      await down(directory);
      if (dataDir === undefined) await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async agentPid(): Promise<number> {
    const file = await readFile(join(this.dataDir, 'run', 'agent.pid'), 'utf8');
    return (JSON.parse(file) as { pid: number }).pid;
  }

  /** SIGTERM to `up`; tasks go on. Resolves with its exit code. */
  async stop(): Promise<number | null> {
    const exited = once(this.#process, 'exit');
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return this.#process.exitCode;
    this.#process.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    return code;
  }

  /** kill -9 of the control plane. */
  async killControlPlane(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  /** kill -9 of the agent; resolves when it is gone. */
  async killAgent(): Promise<number> {
    const pid = await this.agentPid();
    process.kill(pid, 'SIGKILL');
    while (await isAlive(pid)) await delay(5);
    return pid;
  }

  /** `neargate down --tasks`, also after a kill of the control plane. */
  async downWithTasks(): Promise<void> {
    const isRunning = this.#process.exitCode === null && this.#process.signalCode === null;
    const end = isRunning ? once(this.#process, 'exit') : Promise.resolve();
    await down(this.dataDir);
    await end;
  }

  /** `up` again on the same data, of another program where one is given. */
  async startAgain(program = this.#start.program): Promise<void> {
    const { child, info } = await up(this.dataDir, { ...this.#start, program });
    this.#process = child;
    this.info = info;
  }

  /** The end of the agent's log, for a failed test's message. */
  async agentLog(): Promise<string> {
    return readFile(join(this.dataDir, 'log', 'agent.log'), 'utf8').catch(() => '');
  }

  /** Stops tasks and everything, and removes the data directory. */
  async close(): Promise<void> {
    const { ecs, logs, ec2, ecr, efs, secretsManager, ssm } = this;
    for (const client of [ecs, logs, ec2, ecr, efs, secretsManager, ssm]) client.destroy();
    await down(this.dataDir);
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

async function up(
  dataDir: string,
  { program, flags, environment, logFile }: Start,
): Promise<{ child: ChildProcess; info: ReadyInfo }> {
  const readyFile = join(dataDir, 'test-ready.json');
  await rm(readyFile, { force: true });
  const files = ['--ready-file', readyFile, '--sealing-key-file', join(dataDir, 'test-sealing.key')];
  const args = ['up', '--data-dir', dataDir, ...files, ...flags];
  const env = { ...process.env, ...environment };
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
  const output: string[] = [];
  if (logFile !== undefined) child.stderr.pipe(createWriteStream(logFile, { flags: 'a' }));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.push(text);
    if (output.length > 500) output.shift();
  });
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const text = await readFile(readyFile, 'utf8').catch(() => undefined);
    if (text !== undefined) return { child, info: JSON.parse(text) as ReadyInfo };
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`neargate up is not ready: ${output.join('').slice(-3000)}`);
    }
    await delay(10);
  }
}

/** Also what a killed `up` left. */
async function down(dataDir: string): Promise<void> {
  const child = spawn(PROGRAM, ['down', '--tasks', '--data-dir', dataDir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const output: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`neargate down --tasks failed (${code}): ${output.join('')}`);
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && !/\) Z /.test(stat);
}
