/** Tasks that use what they share with others without end, and what they find of the machine's programs; another task goes on. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { realpath, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { patient } from '../../src/ports/testing/patience.ts';
import { perlLayer } from '../support/isolation/hostile-program.ts';
import { Scene } from '../support/neargate/scene.ts';

const PATIENCE_MS = patient(240_000);
/** That a task writes. */
const WRITTEN_MIB = 512;
/** What the agent may need more for it. */
const MOST_MEMORY_MIB = 96;
/** That may lie on the disk at a time: a busy machine is late. */
const MOST_DISK_MIB = (3 / 4) * WRITTEN_MIB;
const MADE_FILES = 50_000;
const MKNODAT = process.arch === 'arm64' ? 33 : 259;

/** Makes empty files. */
const FILES = `
$| = 1;
mkdir "/files"; chdir "/files";
for my $number (1 .. ${MADE_FILES}) { syscall(${MKNODAT}, -100, "$number", 0010644, 0) == 0 or die "$!" }
print "made\\n"; sleep`;

/**
 * Waits for programs that others put into its container (health checks are, by the runtime itself), and once it has such
 * a file open, tries to open it for writing until nobody runs it any more.
 */
const OVERWRITE = `
$| = 1;
my ($machines, %tried) = @ARGV;
my @own = stat "/proc/self/exe";
for (;;) {
  opendir(my $proc, "/proc");
  for my $pid (grep { /^\\d+$/ } readdir $proc) {
    open(my $exe, "<", "/proc/$pid/exe") or next;
    my ($device, $inode) = stat $exe;
    next if $tried{"$device:$inode"}++ || ($device == $own[0] && $inode == $own[1]);
    my $answer = "";
    for (1 .. 500) {
      if (open(my $file, "+<", "/proc/self/fd/" . fileno $exe)) { $answer = "done"; last }
      $answer = "$!";
      last if $answer ne "Text file busy";
      select undef, undef, undef, 0.02;
    }
    print "$device:$inode" eq $machines ? "the machine's" : "a copy", ": $answer\\n";
  }
}`;

describe('A hostile task', () => {
  let scene: Scene;
  let image: string;
  let other: string;
  let ticks: number;

  before(async () => {
    scene = await Scene.start(['--disk-overcommit', '10']);
    image = await scene.push('hostile-task', { layers: [await perlLayer()] });
    const script = 'trap "exit 0" TERM; while echo $((n=n+1)) && echo $n > /tick; do sleep 0.1; done';
    other = await scene.run(
      await scene.register([scene.container('other', { command: ['sh', '-c', script] })]),
    );
    await scene.until(other, 'RUNNING');
    await scene.outputWith(other, 'other', /^1$/);
  });

  beforeEach(async () => {
    ticks = (await scene.output(other, 'other')).length;
  });

  /** Another task goes on: what it writes is stored, and its files are written. */
  afterEach(async () => {
    await scene.outputWith(other, 'other', new RegExp(`^${ticks + 5}$`));
  });

  after(async () => {
    await scene?.close();
  });

  it('that makes very many files uses up those of its own disk', async () => {
    const free = async (): Promise<number> => (await statfs(scene.neargate.dataDir)).ffree;
    const before_ = await free();
    const container = scene.container('files', { image, command: ['perl', '-e', FILES], stopTimeout: 2 });
    const arn = await scene.run(await scene.register([container]));
    await scene.outputWith(arn, 'files', /^made$/);
    // Others use the machine, too.
    assert.ok(before_ - (await free()) < MADE_FILES / 2);
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });

  for (const [what, program] of [
    ['a line without end', "tr '\\0' x"],
    ['empty lines', "tr '\\0' '\\n'"],
    ['empty lines beside others', "{ echo one; tr '\\0' '\\n' >&2; }"],
    ['bytes that are no text', "tr '\\0' '\\377'"],
  ] as const) {
    it(`that writes ${what} takes little memory and disk of its machine`, async () => {
      const agent = await scene.neargate.agentPid();
      const output = join(scene.neargate.dataDir, 'output');
      const before_ = memoryMiB(agent);
      const command = ['sh', '-c', `dd if=/dev/zero bs=1M count=${WRITTEN_MIB} 2> /dev/null | ${program}`];
      const arn = await scene.run(await scene.register([scene.container('writer', { command })]));
      let [memory, disk] = [0, 0];
      await scene.untilTask(
        arn,
        ({ lastStatus }) => {
          memory = Math.max(memory, memoryMiB(agent) - before_);
          disk = Math.max(disk, usedMiB(output));
          return lastStatus === 'STOPPED';
        },
        'STOPPED',
        PATIENCE_MS,
      );
      assert.ok(memory < MOST_MEMORY_MIB, `${memory} MiB of memory`);
      assert.ok(disk < MOST_DISK_MIB, `${disk} MiB of disk`);
    });
  }

  it('writes to no program of the machine that is run in its container (CVE-2019-5736)', async () => {
    const { dev, ino } = statSync(await realpath(programPath('runc')));
    const container = scene.container('overwrite', {
      image,
      command: ['perl', '-e', OVERWRITE, `${dev}:${ino}`],
      healthCheck: { command: ['CMD', '/proc/self/exe'], interval: 5, timeout: 2 },
      stopTimeout: 2,
    });
    const arn = await scene.run(await scene.register([container]));
    const answers = await scene.outputWith(arn, 'overwrite', /./);
    for (const answer of answers) assert.match(answer, /^a copy: |^the machine's: Read-only file system$/);
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });
});

function memoryMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** What the files of a tree take on disk; some go away meanwhile. */
function usedMiB(directory: string): number {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const blocks = files.map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.blocks ?? 0);
  return blocks.reduce((sum, count) => sum + count, 0) / 2048;
}

/** Where the machine has it. */
function programPath(name: string): string {
  const directories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const paths = directories.map((directory) => join(directory, name));
  return paths.find((path) => existsSync(path)) ?? assert.fail(`no ${name}`);
}
