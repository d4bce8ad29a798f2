/**
 * Output that its writer waits with: programs between a container and its files, which stop reading while too much is in
 * the files. How much that is they see by the files' blocks, which whoever takes the output away gives back; so they
 * need nobody, and go on when we do not. The shim starts them; they end with the container's output.
 */
import { shellWord } from './shell-word.ts';

/** Most bytes that are copied between two looks: so many reads of a pipe's size. */
const READ_BYTES = 65_536;
const READS = 1_024;
const BLOCK_BYTES = 512;

/**
 * A shell script. Descriptors 3 and 4 are the outputs (a terminal has but one), and closing 5 says that it is ready.
 * SIGTERM, which the shim sends when the container is gone, is too early for what is still in the pipes.
 */
export function copierScript(stdout: string, stderr: string | undefined, limitBytes: number): string {
  const most = Math.max(1, Math.floor(limitBytes / BLOCK_BYTES));
  return [
    "trap '' TERM",
    'exec 5>&-',
    'copy() {',
    '  while before=$(stat -c %s "$1"); do',
    // Without room on the disk: again, until there is.
    `    dd bs=${READ_BYTES} count=${READS} status=none >>"$1" 2>/dev/null || { sleep 1; continue; }`,
    '    [ "$(stat -c %s "$1")" = "$before" ] && return',
    `    while [ "$(stat -c %b "$1" || echo 0)" -gt ${most} ]; do sleep 0.1; done`,
    '  done',
    '}',
    ...(stderr === undefined ? [] : [`copy ${shellWord(stderr)} <&4 3<&- 4<&- &`, 'exec 4<&-']),
    `copy ${shellWord(stdout)} <&3 3<&-`,
    'wait',
  ].join('\n');
}
