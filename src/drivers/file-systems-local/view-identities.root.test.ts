import assert from 'node:assert/strict';
import { chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { asUser } from '../../../test/support/file-systems/as-user.ts';
import {
  aLocalPlace,
  FILE_SYSTEM_ID,
  type LocalPlace,
  localFileSystemsMissing,
} from '../../../test/support/file-systems/local-place.ts';
import type { PosixUser } from '../../domain/efs/records.ts';
import type { FileSystemView } from '../../domain/efs/view.ts';
import { aMountRequest } from '../../ports/testing/file-system-mounts-suite.ts';
import { patient } from '../../ports/testing/patience.ts';

const ME = 4321;
const GROUP = 4400;
const OTHER = 5432;
const NOBODY = 65_534;

function asSeenBy(number: number, posixUser?: PosixUser): FileSystemView {
  const accessPoint = {
    accessPointId: `fsap-0000000${number}`,
    rootPath: '/',
    ...(posixUser && { posixUser }),
  };
  return { fileSystemId: FILE_SYSTEM_ID, rootDirectory: '/', accessPoint };
}

const VIEWS = {
  me: asSeenBy(1, { uid: ME, gid: ME, secondaryGids: [GROUP] }),
  root: asSeenBy(2, { uid: 0, gid: GROUP, secondaryGids: [] }),
  caller: asSeenBy(3),
};

interface Row {
  readonly name: string;
  readonly view: keyof typeof VIEWS;
  /** As whom the program in the container runs. */
  readonly caller: number;
  readonly command: string;
  /** What it prints, or why it fails. */
  readonly says: RegExp;
  readonly fails?: boolean;
}

const OWNER = "stat -c '%u:%g' new";
const ROWS: readonly Row[] = [
  {
    name: 'files of root are its',
    view: 'me',
    caller: 0,
    command: `touch new; ${OWNER}`,
    says: /^4321:4321$/,
  },
  {
    name: 'files of others are its',
    view: 'me',
    caller: OTHER,
    command: `touch new; ${OWNER}`,
    says: /^4321:4321$/,
  },
  { name: 'directories, too', view: 'me', caller: 0, command: `mkdir new; ${OWNER}`, says: /^4321:4321$/ },
  { name: 'links, too', view: 'me', caller: OTHER, command: `ln -s x new; ${OWNER}`, says: /^4321:4321$/ },
  { name: 'anybody reads what only it may', view: 'me', caller: OTHER, command: 'cat mine', says: /^mine$/ },
  { name: 'anybody changes it', view: 'me', caller: OTHER, command: 'chmod 640 mine && echo x', says: /^x$/ },
  { name: 'its groups count', view: 'me', caller: OTHER, command: 'cat of-group', says: /^of-group$/ },
  {
    name: 'root is not root',
    view: 'me',
    caller: 0,
    command: 'cat of-root',
    says: /Permission/,
    fails: true,
  },
  {
    name: 'root enters no closed directory',
    view: 'me',
    caller: 0,
    command: 'ls closed',
    says: /Permission/,
    fails: true,
  },
  {
    name: 'nobody gives files away',
    view: 'me',
    caller: 0,
    command: 'chown 0 mine',
    says: /not permitted/,
    fails: true,
  },
  {
    name: 'anybody is root',
    view: 'root',
    caller: OTHER,
    command: 'cat of-root closed/file',
    says: /of-root/,
  },
  {
    name: 'files are of root and its group',
    view: 'root',
    caller: OTHER,
    command: `touch new; ${OWNER}`,
    says: /^0:4400$/,
  },
  {
    name: 'anybody may chown',
    view: 'root',
    caller: OTHER,
    command: 'chown 77:78 mine; stat -c %u mine',
    says: /^77$/,
  },
  { name: 'root is root', view: 'caller', caller: 0, command: 'cat of-root', says: /^of-root$/ },
  {
    name: 'others are others',
    view: 'caller',
    caller: OTHER,
    command: 'cat mine',
    says: /Permission/,
    fails: true,
  },
  {
    name: 'files are the caller’s',
    view: 'caller',
    caller: OTHER,
    command: `touch new; ${OWNER}`,
    says: /^5432:5432$/,
  },
];

describe('LocalFileSystemViews, who does what', {
  skip: localFileSystemsMissing(),
  timeout: patient(120_000),
}, () => {
  let place: LocalPlace;
  before(async () => {
    place = await aLocalPlace();
  });
  after(() => place?.close());

  /** The same files for each case, in a directory of its own where everybody may write. */
  async function someFiles(name: string): Promise<void> {
    const directory = join(place.files, name);
    await mkdir(join(directory, 'closed'), { recursive: true, mode: 0o700 });
    for (const [file, owner, group, mode] of [
      ['mine', ME, ME, '600'],
      ['of-root', 0, 0, '600'],
      ['of-group', 0, GROUP, '640'],
      ['closed/file', 0, 0, '644'],
    ] as const) {
      const path = join(directory, file);
      await writeFile(path, `${file}\n`, { mode: Number.parseInt(mode, 8) });
      await chown(path, owner, group);
    }
    asUser(0, directory, 'chmod 777 .');
  }

  for (const [index, row] of ROWS.entries()) {
    it(`${row.view} as ${row.caller}: ${row.name}`, async () => {
      await someFiles(`case-${index}`);
      const { path } = await place.views.open(VIEWS[row.view]);
      const { ok, said } = asUser(row.caller, join(path, `case-${index}`), row.command);
      assert.match(said, row.says);
      assert.equal(ok, row.fails !== true);
    });
  }

  it('is nobody where the user is the id that Linux has not', async () => {
    await someFiles('last');
    const last = 0xffff_ffff;
    const view = asSeenBy(4, { uid: last, gid: last, secondaryGids: [last] });
    const { path } = await place.views.open(view);
    assert.match(asUser(0, join(path, 'last'), `touch new; ${OWNER}`).said, /^65534:65534$/);
    assert.match(asUser(0, join(path, 'last'), 'cat of-root').said, /Permission/);
  });

  it('everybody is 65534 where root is not to be root', async () => {
    await someFiles('squashed');
    const request = aMountRequest('task', { rootDirectory: '/squashed' }, { squashRoot: true });
    const { path } = await place.mounts.mount(request, new AbortController().signal);
    assert.match(asUser(0, path, `touch new; ${OWNER}`).said, /^65534:65534$/);
    assert.equal((await stat(join(place.files, 'squashed/new'))).uid, NOBODY);
    assert.match(asUser(0, path, 'cat of-root').said, /Permission/);
    await place.mounts.unmount('task');
  });

  it('lets nobody write what is mounted to be read, nor use a device', async () => {
    await someFiles('read');
    asUser(0, join(place.files, 'read'), 'mknod zero c 1 5 && chmod 666 zero');
    for (const view of [{ rootDirectory: '/' }, VIEWS.caller]) {
      const { signal } = new AbortController();
      const reader = await place.mounts.mount(aMountRequest('reader', view, { readOnly: true }), signal);
      const writer = await place.mounts.mount(aMountRequest('writer', view), signal);
      assert.match(asUser(0, reader.path, 'touch read/new').said, /Read-only file system/);
      assert.equal(asUser(0, reader.path, 'cat read/of-root').said, 'of-root');
      assert.ok(asUser(0, writer.path, 'touch read/new').ok);
      assert.match(asUser(0, writer.path, 'head -c 1 read/zero').said, /Permission denied/);
      for (const taskId of ['reader', 'writer']) await place.mounts.unmount(taskId);
    }
  });
});
