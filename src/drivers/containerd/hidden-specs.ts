/**
 * Specs of containers whose environment has secret values. containerd records specs on disk, so it gets one without the
 * values; the whole one lies in memory (a tmpfs that is there while it is needed), and a few lines in the script that the
 * shim calls in place of the runtime put it into the bundle, as a link, when the process is made.
 */
import { mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { nodeError } from '../../linux/errno.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, mountNow, unmountIdle } from '../../linux/mount.ts';
import { isMountPoint } from '../../linux/mount-table.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import { shellWord } from './shell-word.ts';

/** Some 30 KB a container; only what is used is taken. */
const OPTIONS = 'mode=0700,size=256m';

export class HiddenSpecs {
  readonly #directory: string;
  readonly #mutex = new KeyedSerial();

  /** Absolute; made when missing. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Keeps a container's spec, as JSON, in place of an earlier one. */
  async put(id: string, json: string): Promise<void> {
    await this.#alone(async () => {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      if (!(await isMountPoint(this.#directory))) {
        const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
        mountNow({ source: 'tmpfs', target: this.#directory, type: 'tmpfs', flags, data: OPTIONS });
      }
      await writeFile(this.#fileOf(id), json, { mode: 0o600 });
    });
  }

  /** Undefined when the container has none. */
  async read(id: string): Promise<string | undefined> {
    try {
      return await readFile(this.#fileOf(id), 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw nodeError(error, this.#fileOf(id));
    }
  }

  /** No error when there is none. */
  async remove(id: string): Promise<void> {
    await this.#alone(async () => {
      if (!(await removed(this.#fileOf(id)))) return;
      if ((await readdir(this.#directory)).length > 0) return;
      // A command that is being started may have a file there for a moment: then the memory goes with a later spec.
      unmountIdle(this.#directory);
    });
  }

  /** Lines of a shell script that is called with the runtime's arguments. */
  scriptLines(): string {
    return `last=
bundle=
making=
for word in "$@"; do
  case $last in --bundle | -b) bundle=$word ;; esac
  case $word in create) making=yes ;; esac
  last=$word
done
spec=${shellWord(this.#directory)}/\${bundle##*/}.json
if [ -n "$making" ] && [ -f "$spec" ]; then ln -sf "$spec" "$bundle/config.json"; fi
`;
  }

  #alone(work: () => Promise<void>): Promise<void> {
    return this.#mutex.run('', work);
  }

  #fileOf(id: string): string {
    return `${this.#directory}/${id}.json`;
  }
}

async function removed(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw nodeError(error, path);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
