/**
 * What EFS costs on the machine that holds the files: what passes to and from a task's mount, and to and from one of an
 * access point, beside the directory itself; and how many small files come and go there.
 */
import { mkdir, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSystemView } from '../../src/domain/efs/view.ts';
import { LocalFileSystemMounts } from '../../src/drivers/file-systems-local/local-file-system-mounts.ts';
import { LocalFileSystemViews } from '../../src/drivers/file-systems-local/local-file-system-views.ts';
import { figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { measureSpeeds, type Speed } from './speeds.ts';

export interface FileSystemsOptions {
  /** A measurement's length. */
  readonly seconds: number;
  /** Where it is measured. */
  readonly directory: string;
}

export interface FileSystemsResult {
  /** Of the directory itself, of a mount of it, and of one by an access point. */
  readonly speeds: readonly Speed[];
  /** Written, read and removed, a second. */
  readonly filesPerSecond: readonly number[];
}

const ID = 'fs-00000000000000001';
const TASK = 'bench';
const LEAST_SHARE = 0.8;
const FILES = 1000;
const TURNS = 3;

export async function benchFileSystems(options: FileSystemsOptions): Promise<FileSystemsResult> {
  const dir = await mkdtemp(join(options.directory, 'neargate-bench-'));
  const fileSystems = join(dir, 'efs');
  const views = new LocalFileSystemViews({ fileSystems, dir: join(dir, 'views') });
  const mounts = new LocalFileSystemMounts({ fileSystems, dir: join(dir, 'mounts'), views });
  const accessPoint = anAccessPoint();
  try {
    const own = join(fileSystems, ID);
    await mkdir(own, { recursive: true });
    const directories = [
      own,
      await mounted(mounts, 'whole', {}),
      await mounted(mounts, 'point', accessPoint),
    ];
    const speeds = await measureSpeeds(directories, options.seconds);
    const result = { speeds, filesPerSecond: await measureFiles(directories) };
    console.log(report(result));
    return result;
  } finally {
    await mounts.unmount(TASK);
    await views.close({ fileSystemId: ID, rootDirectory: '/', ...accessPoint });
    await rm(dir, { recursive: true });
  }
}

function anAccessPoint(): Pick<FileSystemView, 'accessPoint'> {
  const posixUser = { uid: 1234, gid: 1234, secondaryGids: [] };
  const creationInfo = { ownerUid: 1234, ownerGid: 1234, permissions: '0755' };
  return {
    accessPoint: { accessPointId: 'fsap-00000000000000001', rootPath: '/point', posixUser, creationInfo },
  };
}

async function mounted(
  mounts: LocalFileSystemMounts,
  volume: string,
  view: Pick<FileSystemView, 'accessPoint'>,
): Promise<string> {
  const { signal } = new AbortController();
  const { path } = await mounts.mount(
    {
      ...{ taskId: TASK, volume, view: { fileSystemId: ID, rootDirectory: '/', ...view } },
      ...{ dnsName: '', readOnly: false, squashRoot: false },
      network: { address: '127.0.0.1', namespacePath: '/proc/self/ns/net', tls: false },
    },
    signal,
  );
  return path;
}

async function measureFiles(directories: readonly string[]): Promise<number[]> {
  const seen = directories.map((): number[] => []);
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const [index, directory] of directories.entries()) {
      const start = performance.now();
      for (let file = 0; file < FILES; file += 1) {
        const path = join(directory, `file-${file}`);
        await writeFile(path, 'content');
        await readFile(path);
        await unlink(path);
      }
      seen[index]?.push(FILES / ((performance.now() - start) / 1000));
    }
  }
  return seen.map((values) => figuresOf(values).p50);
}

function report({ speeds, filesPerSecond }: FileSystemsResult): string {
  const list: Mark[] = speeds.map(({ name, values: [own = Number.NaN, whole = Number.NaN] }) => ({
    ...{ name: `EFS local, ${name}, of the data directory's`, value: whole / own },
    ...{ limit: LEAST_SHARE, atLeast: true, unit: '' },
  }));
  return [
    'EFS on the machine that holds it: throughput of fio, by turns (MiB/s, median)',
    table(
      ['', 'data directory', 'mount', 'access point', 'share'],
      [
        ...speeds.map(({ name, values }) => [name, ...values.map(number), share(values)]),
        ['small files a second', ...filesPerSecond.map(number), share(filesPerSecond)],
      ],
    ),
    '',
    marks(list),
  ].join('\n');
}

/** Of the access point beside the directory itself. */
function share([own = Number.NaN, , point = Number.NaN]: readonly number[]): string {
  return number(point / own);
}
