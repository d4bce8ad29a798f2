import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../domain/errors.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import { MemoryObjectSource, type ObjectScript } from '../../drivers/objects-memory/memory-object-source.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { HostDialer } from '../../../test/support/registry/host-dialer.ts';
import { DEFAULT_CALLS } from './attempted-call.ts';
import { DOWNLOAD_TIMEOUT_MS, type EnvironmentOfFiles, fetchEnvironmentFiles } from './environment-files.ts';

const PREFIX = 'failed to download env files: file download command: non empty error stream: ';
const NO_CONNECTION =
  "The task can't download the environment variable files from Amazon S3. There is a connection issue between the task and Amazon S3. Check your task network configuration. ";
const BUCKETS = { b: { '1.env': 'A=1\nB=1\n', '2.env': '#C=2\nB=2\nD="2"', 'bad.env': 'A=hunter2\0' } };

interface Scene {
  readonly source: MemoryObjectSource;
  readonly dialer: HostDialer;
  readonly clock: ManualClock;
  readonly fetch: (assignment: TaskAssignment, signal?: AbortSignal) => Promise<EnvironmentOfFiles>;
}

/** Pauses between tries pass by themselves; the limit of a download does when the test says so. */
function scene(script?: ObjectScript): Scene {
  const clock = new ManualClock();
  const source = new MemoryObjectSource(BUCKETS, script);
  const dialer = new HostDialer();
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    const slept = clock.sleep(ms, signal);
    if (ms < DOWNLOAD_TIMEOUT_MS) clock.advance(ms);
    return slept;
  };
  const deps = {
    objects: source,
    network: { dialer: () => dialer },
    calls: DEFAULT_CALLS,
    clock: { now: () => clock.now(), sleep },
  };
  const fetch: Scene['fetch'] = (assignment, signal = new AbortController().signal) =>
    fetchEnvironmentFiles(assignment, deps, signal);
  return { source, dialer, clock, fetch };
}

function taskOf(...files: (readonly string[] | undefined)[]): TaskAssignment {
  return anAssignment(
    files.map((keys, index) =>
      aContainer(`c${index}`, {
        environmentFiles: keys?.map((key) => ({ type: 's3', value: `arn:aws:s3:::b/${key}` })),
      }),
    ),
  );
}

async function reason(fetching: Promise<unknown>, kind: string): Promise<string> {
  try {
    await fetching;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.kind, kind);
    assert.ok(error.message.startsWith(PREFIX), error.message);
    assert.doesNotMatch(`${error.stack}`, /hunter/);
    return error.message.slice(PREFIX.length);
  }
  return assert.fail('the files were had');
}

describe('the environment files of a task', () => {
  it('give each container the variables of its own, the first file first', async () => {
    const found = await scene().fetch(taskOf(['1.env', '2.env'], ['2.env', '1.env'], undefined, []));
    const values = (name: string) =>
      Object.fromEntries((found.get(name) ?? []).map((variable) => [variable.name, variable.value]));
    assert.deepEqual([...found.keys()], ['c0', 'c1']);
    assert.deepEqual(values('c0'), { A: '1', B: '1', D: '"2"' });
    assert.deepEqual(values('c1'), { A: '1', B: '2', D: '"2"' });
  });

  it("are downloaded once each, through the task's network, signed for its region", async () => {
    const { source, dialer, fetch } = scene();
    await fetch(taskOf(['1.env', '2.env', '1.env'], ['2.env']));
    assert.deepEqual(
      source.asked.map(({ query }) => [query.bucket, query.key, query.region]),
      [
        ['b', '1.env', 'eu-west-1'],
        ['b', '2.env', 'eu-west-1'],
      ],
    );
    assert.ok(source.asked.every(({ access }) => access.dialer === dialer));
  });

  it('are downloaded at the same time', async () => {
    let release = (): void => undefined;
    const both = new Promise<void>((resolve) => (release = resolve));
    let waiting = 0;
    const { fetch } = scene(() => {
      waiting += 1;
      if (waiting === 2) release();
      return both;
    });
    assert.equal((await fetch(taskOf(['1.env', '2.env']))).size, 1);
  });

  it('are had when a later try is answered', async () => {
    let tries = 0;
    const { fetch } = scene(() => {
      tries += 1;
      if (tries < 3) throw new AppError('unavailable', 'not now', { details: { status: 503 } });
    });
    assert.equal((await fetch(taskOf(['1.env']))).get('c0')?.length, 2);
  });
});

describe('environment files that cannot be had', () => {
  it('are told by key and bucket, all in one text', async () => {
    assert.equal(
      await reason(scene().fetch(taskOf(['x.env', '1.env'], ['y.env', 'x.env'])), 'not-found'),
      'unable to download env file with key x.env from bucket b, error: NoSuchKey: The specified key does not exist.;unable to download env file with key y.env from bucket b, error: NoSuchKey: The specified key does not exist.',
    );
  });

  it('are told as denied after one try', async () => {
    const details = { awsCode: 'AccessDenied', status: 403, denied: true };
    const { source, fetch } = scene(() => {
      throw new AppError('failed-precondition', 'Access Denied', { details });
    });
    assert.equal(
      await reason(fetch(taskOf(['1.env'])), 'failed-precondition'),
      'unable to download env file with key 1.env from bucket b, error: AccessDenied: Access Denied',
    );
    assert.equal(source.asked.length, 1);
  });

  it('are told as a matter of the network when there is no connection', async () => {
    const details = { syscallCode: 'EHOSTUNREACH', host: 's3.test', port: 443, address: '10.0.0.9' };
    const { source, fetch } = scene(() => {
      throw new AppError('unavailable', 'no', { details });
    });
    assert.equal(
      await reason(fetch(taskOf(['1.env'])), 'unavailable'),
      `${NO_CONNECTION}RequestError: send request failed caused by: dial tcp 10.0.0.9:443: connect: no route to host`,
    );
    assert.equal(source.asked.length, 3);
  });

  it('are told as a matter of the network when 30 seconds pass without an answer', async () => {
    let bothAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => (bothAsked = resolve));
    const { clock, source, fetch } = scene(() => {
      if (source.asked.length === 2) bothAsked();
      return new Promise(() => undefined);
    });
    const fetching = reason(fetch(taskOf(['1.env', '2.env'])), 'deadline');
    await asked;
    clock.advance(DOWNLOAD_TIMEOUT_MS);
    assert.equal(
      await fetching,
      `${NO_CONNECTION}RequestCanceled: request context canceled caused by: context deadline exceeded`,
    );
    assert.ok(source.asked.every(({ access }) => access.signal.aborted));
    assert.equal(clock.sleeping, 0);
  });

  it('are told as a service that is not well, not as one that is not there', async () => {
    const { fetch } = scene(() => {
      throw new AppError('unavailable', 'Please reduce your request rate.', {
        details: { awsCode: 'SlowDown', status: 503 },
      });
    });
    assert.equal(
      await reason(fetch(taskOf(['1.env'])), 'unavailable'),
      'unable to download env file with key 1.env from bucket b, error: SlowDown: Please reduce your request rate.',
    );
  });

  it('are told as no place, as leading out of their bucket, and as unreadable without what they hold', async () => {
    const task = taskOf(['../x.env', 'bad.env']);
    const [first] = task.containers;
    first?.definition.environmentFiles?.push({ type: 's3', value: 'arn:aws:s3:::nothing' });
    assert.equal(
      await reason(scene().fetch(task), 'invalid'),
      'unable to download env file with key ../x.env from bucket b, error: the key leads out of its bucket;unable to download env file with key bad.env from bucket b, error: line 1 has a NUL character;unable to parse bucket and key from s3 ARN specified in environmentFile arn:aws:s3:::nothing, error: invalid s3 arn: arn:aws:s3:::nothing',
    );
  });

  it('say what to set on a machine without an S3', async () => {
    const deps = {
      objects: undefined,
      network: { dialer: () => new HostDialer() },
      clock: new ManualClock(),
      calls: DEFAULT_CALLS,
    };
    const { signal } = new AbortController();
    assert.equal(
      await reason(fetchEnvironmentFiles(taskOf(['1.env']), deps, signal), 'failed-precondition'),
      "The task can't download the environment variable files from Amazon S3. This machine has no S3: set s3Endpoint (neargate up --s3-endpoint URL).",
    );
    assert.equal((await fetchEnvironmentFiles(taskOf(undefined), deps, signal)).size, 0);
  });

  it('are given up when the signal fires', async () => {
    const controller = new AbortController();
    const { fetch } = scene(() => {
      controller.abort();
      return new Promise(() => undefined);
    });
    await assert.rejects(fetch(taskOf(['1.env', '2.env']), controller.signal), {
      kind: 'aborted',
      message: 'context canceled',
    });
  });
});
