/**
 * The volumes of tasks that lie on their disks. Each has a directory of its own, `<volumes>/<id>`:
 *
 *   data      what containers see; root's, 0755, or as the image's VOLUME has it
 *   filling   it is being filled from an image: whatever `data` holds is ours to write over
 *   settled   it was filled, or there was something in it before that
 *
 * A volume is filled once in its life, before the first container that brings content for it is made. Whether there is
 * something to be filled is decided by `data` being empty, as Docker does; after a crash half-way, by `filling`.
 */
import { createHash } from 'node:crypto';
import { access, chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import type { Mount } from '../../domain/oci/types.ts';
import type { VolumeMount, VolumeSource } from '../../domain/task/volume-mounts.ts';
import type { ImageStore, StoredImage } from '../../ports/image-store.ts';

const DIRECTORY_MODE = 0o755;
const LONGEST_LABEL = 60;

export class TaskVolumes {
  readonly #images: Pick<ImageStore, 'copyDirectory'>;
  /** By the volume's directory: who comes second sees what the first has filled. */
  readonly #turns = new KeyedSerial();

  constructor(images: Pick<ImageStore, 'copyDirectory'>) {
    this.#images = images;
  }

  /**
   * Makes and fills in `volumesPath` what a container's mounts need, and resolves with the binds, in the same order. `image` is the
   * container's own. May be repeated, also after a crash; containers of a task may come at the same time. Throws what
   * `ImageStore.copyDirectory` throws: `failed-precondition` with errno ENOSPC in details when the disk is full.
   */
  async prepare(volumesPath: string, image: StoredImage, mounts: readonly VolumeMount[]): Promise<Mount[]> {
    const binds: Mount[] = [];
    for (const { destination, source, readOnly, copyFrom } of mounts) {
      const directory = join(volumesPath, directoryName(source));
      const data = join(directory, 'data');
      await this.#turns.run(directory, async () => {
        await makeVolume(directory, data);
        if (copyFrom !== undefined) await this.#fillOnce(directory, image, copyFrom);
      });
      const options = ['rbind', 'rprivate', readOnly ? 'ro' : 'rw'];
      binds.push({ destination, type: 'bind', source: data, options });
    }
    return binds;
  }

  async #fillOnce(directory: string, image: StoredImage, path: string): Promise<void> {
    const data = join(directory, 'data');
    const filling = join(directory, 'filling');
    const settled = join(directory, 'settled');
    if (await exists(settled)) return;
    const isHalfFilled = await exists(filling);
    if (!isHalfFilled && (await readdir(data)).length > 0) {
      await writeFile(settled, '');
      return;
    }
    await writeFile(filling, '');
    // Without such a directory in the image the volume stays empty, as it would in the image.
    await this.#images.copyDirectory(image, path, data);
    await rename(filling, settled);
  }
}

/** A name that is safe whatever names and paths it is made of, and tells a reader which volume this is. */
function directoryName(source: VolumeSource): string {
  const label = source.kind === 'task-volume' ? source.name : source.container;
  const path = source.kind === 'task-volume' ? '' : source.path;
  const hash = createHash('sha256')
    .update(JSON.stringify([source.kind, label, path]))
    .digest('hex');
  return `${label.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, LONGEST_LABEL)}-${hash.slice(0, 32)}`;
}

/** The mode is set once, whatever this process's umask is: a container may have changed it since. */
async function makeVolume(directory: string, data: string): Promise<void> {
  if (await exists(data)) return;
  const made = join(directory, 'new');
  await mkdir(made, { recursive: true });
  await chmod(made, DIRECTORY_MODE);
  await rename(made, data);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
