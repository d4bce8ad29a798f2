/** Programs that run in a directory as some user, whoever may enter the directories above it. */
import { spawnSync } from 'node:child_process';

export interface Outcome {
  readonly ok: boolean;
  /** What it printed, on either stream. */
  readonly said: string;
}

/** Runs a shell command with one user and group, and no others. */
export function asUser(id: number, directory: string, command: string): Outcome {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], {
    cwd: directory,
    ...{ uid: id, gid: id },
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    encoding: 'utf8',
  });
  return { ok: status === 0, said: (stdout + stderr).trim() };
}
