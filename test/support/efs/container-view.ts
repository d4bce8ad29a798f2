/** What a running container sees at a path: by a shell that is started in it as the user, as `docker exec` does. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { EfsView, Operation } from './efs-view.ts';
import { patient } from '../../../src/ports/testing/patience.ts';

const PATIENCE_MS = patient(30_000);
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
  const command = ['tasks', 'exec', '--exec-id', randomUUID(), '--user', `${user}:${user}`, runtimeId];
  const args = ['-a', socket, '-n', 'neargate', ...command, 'sh', '-c', script];
  return await new Promise((resolve, reject) => {
    execFile('ctr', args, { timeout: PATIENCE_MS }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout.trimEnd());
      const [, code] = WORDS.find(([words]) => stderr.includes(words)) ?? [];
      reject(Object.assign(new Error(`${script}: ${stderr || error.message}`), { code }));
    });
  });
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
