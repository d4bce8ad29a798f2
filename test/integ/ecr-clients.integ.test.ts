import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { BuiltImage } from '../../src/cli/sample-image/image.ts';
import { hasEndedWithin, processesWithArguments } from '../../src/linux/process-identity.ts';
import { anImage } from '../support/images/oci-image.ts';
import { Neargate } from '../support/neargate/instance.ts';
import { aws, awsText, toolsMissing } from '../support/neargate/python.ts';
import { registryMissing } from '../support/registry/registry.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const SKOPEO = '/usr/bin/skopeo';
const run = promisify(execFile);
const skopeoMissing = await run(SKOPEO, ['--version']).then(
  () => undefined,
  () => 'skopeo is missing (Debian package)',
);
const skip = (await registryMissing()) ?? skopeoMissing ?? (await toolsMissing()) ?? false;

interface Listed {
  readonly imageDetails: { readonly imageDigest: string; readonly imageTags?: readonly string[] }[];
}

describe('ECR with the AWS CLI and skopeo', { skip }, () => {
  let neargate: Neargate;
  let directory: string;
  /** What users put in front of a repository's name. */
  let registry: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ng-skopeo-'));
    neargate = await Neargate.start({ flags: ['--fake'] });
    registry = `localhost:${new URL(neargate.info.endpoint).port}`;
    await aws(neargate, 'ecr', 'create-repository', '--repository-name', 'team/web');
  });
  after(async () => {
    await neargate?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const skopeo = (...args: string[]) =>
    run(SKOPEO, args, { env: { PATH: '/usr/bin:/bin', HOME: directory, TMPDIR: directory } });
  const authFile = (): string => join(directory, 'auth.json');
  const login = async (password: string): Promise<string> => {
    const flags = ['--tls-verify=false', '--authfile', authFile(), '--username', 'AWS', '--password-stdin'];
    const child = spawn(SKOPEO, ['login', ...flags, registry], {
      env: { PATH: '/usr/bin', HOME: directory },
    });
    child.stdin.end(password);
    const [[code], said, complaint] = await Promise.all([
      once(child, 'exit'),
      text(child.stdout),
      text(child.stderr),
    ]);
    return code === 0 ? said.trim() : complaint;
  };
  const push = async (image: BuiltImage, name: string) => {
    const layout = await writeLayout(image, join(directory, `layout-${Math.random()}`));
    const flags = ['--dest-tls-verify=false', '--authfile', authFile()];
    return skopeo('copy', ...flags, `oci:${layout}:image`, `docker://${registry}/${name}`);
  };
  const digestOf = async (name: string): Promise<string> => {
    const flags = ['--tls-verify=false', '--authfile', authFile(), '--format', '{{.Digest}}'];
    return (await skopeo('inspect', ...flags, `docker://${registry}/${name}`)).stdout.trim();
  };
  const describeImages = async (): Promise<Listed> =>
    (await aws(neargate, 'ecr', 'describe-images', '--repository-name', 'team/web')) as Listed;
  const registryProcesses = () =>
    processesWithArguments(['serve', join(neargate.dataDir, 'registry', 'config.yml')]);

  it('takes a login by the password of get-login-password, and no other', async () => {
    assert.match(await login('guessed'), /invalid username\/password|unauthorized|401/i);
    const password = await awsText(neargate, 'ecr', 'get-login-password');
    assert.equal(await login(password), 'Login Succeeded!');
  });

  it('takes a push, shows it by the API, and gives it back', async () => {
    const image = anImage({ one: 'one', two: 'two'.repeat(200_000) });
    const { digest } = image.root.descriptor;
    await push(image, 'team/web:v1');
    assert.deepEqual(
      (await describeImages()).imageDetails.map(({ imageDigest, imageTags }) => ({ imageDigest, imageTags })),
      [{ imageDigest: digest, imageTags: ['v1'] }],
    );
    const id = ['--repository-name', 'team/web', '--image-ids', 'imageTag=v1'];
    const { images } = (await aws(neargate, 'ecr', 'batch-get-image', ...id)) as {
      images: { imageManifest: string }[];
    };
    assert.equal(images[0]?.imageManifest, image.root.bytes.toString());
    const target = join(directory, 'pulled');
    const flags = ['--src-tls-verify=false', '--authfile', authFile()];
    await skopeo('copy', ...flags, `docker://${registry}/team/web:v1`, `oci:${target}:image`);
    const blobs = await readdir(join(target, 'blobs/sha256'));
    for (const { descriptor } of [image.root, ...image.blobs]) {
      assert.ok(blobs.includes(descriptor.digest.slice('sha256:'.length)));
    }
  });

  it('refuses a push to a repository that is not there, in the words of ECR', async () => {
    await assert.rejects(push(anImage(), 'none:v1'), (error) =>
      /name unknown: The repository with name 'none' does not exist in the registry with id '000000000000'/.test(
        (error as { stderr: string }).stderr,
      ),
    );
  });

  it('has its images, and knows its logins, after Neargate was stopped and started again', async () => {
    const before = await digestOf('team/web:v1');
    const [child] = await registryProcesses();
    assert.ok(child !== undefined);
    assert.equal(await neargate.stop(), 0);
    assert.deepEqual(await registryProcesses(), []);
    await neargate.startAgain();
    assert.equal(await digestOf('team/web:v1'), before);
    await push(anImage({ more: 'more' }), 'team/web:v2');
  });

  it('goes on after the control plane was killed', async () => {
    const before = await digestOf('team/web:v1');
    const [child] = await registryProcesses();
    assert.ok(child !== undefined);
    await neargate.killControlPlane();
    assert.ok(await hasEndedWithin(child, patient(5000)), 'the registry ends with it');
    await neargate.startAgain();
    assert.equal(await digestOf('team/web:v1'), before);
  });

  it('goes on after the registry behind it was killed', async () => {
    const before = await digestOf('team/web:v1');
    const [child] = await registryProcesses();
    assert.ok(child !== undefined);
    process.kill(child.pid, 'SIGKILL');
    assert.equal(await digestOf('team/web:v1'), before);
    const [next] = await registryProcesses();
    assert.notEqual(next?.pid, child.pid);
  });

  it('deletes images and repositories', async () => {
    const name = ['--repository-name', 'team/web'];
    await aws(neargate, 'ecr', 'batch-delete-image', ...name, '--image-ids', 'imageTag=v2');
    await assert.rejects(digestOf('team/web:v2'), /manifest unknown/);
    await assert.rejects(
      aws(neargate, 'ecr', 'delete-repository', ...name),
      /RepositoryNotEmptyException.*still contains images/s,
    );
    await aws(neargate, 'ecr', 'delete-repository', ...name, '--force');
    await assert.rejects(digestOf('team/web:v1'), /name unknown|unknown/);
    const storage = join(neargate.dataDir, 'registry/storage/docker/registry/v2/repositories');
    const left = await readdir(join(storage, '000000000000/us-east-1'));
    assert.deepEqual(left, []);
  });
});

/** An OCI image layout with one image, called `image`. */
async function writeLayout(image: BuiltImage, directory: string): Promise<string> {
  const blobs = join(directory, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  for (const { descriptor, bytes } of [image.root, ...image.blobs]) {
    await writeFile(join(blobs, descriptor.digest.slice('sha256:'.length)), bytes);
  }
  const annotations = { 'org.opencontainers.image.ref.name': 'image' };
  const index = { schemaVersion: 2, manifests: [{ ...image.root.descriptor, annotations }] };
  await writeFile(join(directory, 'index.json'), JSON.stringify(index));
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return directory;
}
