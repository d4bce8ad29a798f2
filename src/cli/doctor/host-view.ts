/** What the doctor looks at. An interface, so that its checks can be tried on hosts that are not this one. */
import { execFile } from 'node:child_process';
import { access, readFile, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { release } from 'node:os';
import { dirname } from 'node:path';

export interface ProgramResult {
  readonly status: number;
  /** What it printed, on either stream. */
  readonly output: string;
}

export interface Space {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export interface HostView {
  readonly isRoot: boolean;
  readonly kernel: string;
  readonly nodeVersion: string;
  /** Undefined when the file cannot be read. */
  read(path: string): Promise<string | undefined>;
  exists(path: string): Promise<boolean>;
  /** Undefined when there is no such program. */
  run(program: string, args: readonly string[]): Promise<ProgramResult | undefined>;
  /** Of the file system where the path lies, or will lie. */
  space(path: string): Promise<Space>;
  /** Undefined when one may listen there, else why not. */
  listenProblem(host: string, port: number): Promise<string | undefined>;
}

/** A trial may load modules of the kernel first, which takes a slow machine seconds. */
const RUN_TIMEOUT_MS = 30_000;
/** Programs of an administrator are not in everybody's PATH. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** This machine. */
export const thisHost: HostView = {
  isRoot: process.getuid?.() === 0,
  kernel: release(),
  nodeVersion: process.versions.node,
  read: (path) => readFile(path, 'utf8').catch(() => undefined),
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  run: (program, args) =>
    new Promise((resolve) => {
      const options = { timeout: RUN_TIMEOUT_MS, env: { PATH, LC_ALL: 'C' } };
      execFile(program, [...args], options, (error, stdout, stderr) => {
        const code: unknown = error?.code;
        if (code === 'ENOENT') resolve(undefined);
        else
          resolve({
            status: error === null ? 0 : typeof code === 'number' ? code : 1,
            output: error?.killed === true ? `no answer within ${RUN_TIMEOUT_MS / 1000} s` : stdout + stderr,
          });
      });
    }),
  async space(path) {
    const { blocks, bavail, bsize } = await statfs(await nearestExisting(path));
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  },
  listenProblem: (host, port) =>
    new Promise((resolve) => {
      const server = createServer()
        .once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
        .listen(port, host, () => server.close(() => resolve(undefined)));
    }),
};

async function nearestExisting(path: string): Promise<string> {
  return access(path).then(
    () => path,
    () => (dirname(path) === path ? path : nearestExisting(dirname(path))),
  );
}
