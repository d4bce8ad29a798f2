/** The mounts of this mount namespace, as far as cleaning up a directory of ours needs them. */
import { readFile } from 'node:fs/promises';

/** Mount points below a directory, the latest first. */
export async function mountsBelow(directory: string): Promise<string[]> {
  return (await mountPoints()).filter((path) => path.startsWith(`${directory}/`)).reverse();
}

/** Whether something is mounted at the path itself, which must be absolute and without links. */
export async function isMountPoint(path: string): Promise<boolean> {
  return (await mountPoints()).includes(path);
}

async function mountPoints(): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table.split('\n').map((line) => unescapePath(line.split(' ')[4] ?? ''));
}

/** The kernel writes blanks and the like in paths as \ooo. */
function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
