/** What a running container sees at a path: by a shell that is started in it as the user, as `docker exec` does. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { EfsView, Operation } from './efs-view.ts';
import { patient } from '../../../src/ports/testing/patience.ts';

const PATIENCE_MS = patient(30_000);
/** Comes after what a script writes, with its exit code. */
const END = 'exit code ';
const ENDED = new RegExp(`^([^]*)${END}(\\d+)\\n`);
const WORDS: readonly (readonly [words: string, code: string])[] = [
  ['No such file or directory', 'ENOENT'],
  ['Permission denied', 'EACCES'],
  ['Operation not permitted', 'EPERM'],
  ['Read-only file system', 'EROFS'],
  ['File exists', 'EEXIST'],
  ['Resource temporarily unavailable', 'EAGAIN'],
];

export interface Inside {
  readonly dataDir: string;
  readonly runtimeId: string;
}

/** Runs a script in a container with its capabilities and limits. Rejects, with `code`, when it fails. */
export async function execute({ dataDir, runtimeId }: Inside, user: number, script: string): Promise<string> {
  const socket = join(dataDir, 'containerd', 'c.sock');
  const exec = ['tasks', 'exec', '--exec-id', randomUUID(), '--user', `${user}:${user}`, runtimeId];
  // ctr leaves with its process, maybe before it has read all that was written: the process waits until all was seen.
  const command = ['sh', '-c', `(${script}) 2>&1; echo "${END}$?"; read -r _`];
  const child = spawn('ctr', ['-a', socket, '-n', 'neargate', ...exec, ...command], { timeout: PATIENCE_MS });
  let [said, complaint] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (ENDED.test(said)) child.stdin.end('\n');
  });
  await once(child, 'close');
  const [, written = complaint, status] = ENDED.exec(said) ?? [];
  if (status === '0') return written.trimEnd();
  const [, code] = WORDS.find(([words]) => written.includes(words)) ?? [];
  throw Object.assign(new Error(`${script}: ${written}`), { code });
}

export function containerView(inside: Inside, mountPoint: string): EfsView {
  return {
    async act(user, operation) {
      const written = await execute(inside, user, scriptOf(operation, mountPoint));
      return PRINTS.has(operation[0]) ? written : 'ok';
    },
  };
}

const PRINTS: ReadonlySet<string> = new Set(['stat', 'read', 'list']);

function scriptOf(operation: Operation, mountPoint: string): string {
  const [, path] = operation;
  const at = quoted(`${mountPoint}${path}`);
  switch (operation[0]) {
    case 'stat':
      return `stat -c '%u %g %a' ${at}`;
    case 'read':
      return `cat ${at}`;
    case 'list':
      return `ls -A ${at} | sort | xargs`;
    case 'remove':
      return `rm ${at} < /dev/null`;
    case 'write':
      return `printf %s ${quoted(operation[2])} > ${at}`;
    case 'mkdir':
      return `mkdir -m ${operation[2]} ${at}`;
    case 'chmod':
      return `chmod ${operation[2]} ${at}`;
    case 'rename':
      return `mv ${at} ${quoted(`${mountPoint}${operation[2]}`)}`;
    case 'chown':
      return `chown ${operation[2]}:${operation[3]} ${at}`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
