import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { EcrUnderTest, OTHER_ACCOUNT, refusesEcr } from '../../../../test/support/ecr/ecr-under-test.ts';
import { anImage } from '../../../../test/support/images/oci-image.ts';
import { buildIndex, type BuiltImage } from '../../../cli/sample-image/image.ts';
import { AppError } from '../../../domain/errors.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../domain/oci/media-types.ts';
import { LINUX_ARM64 } from '../../../domain/oci/platform.ts';

const repositoryName = 'team/web';
const NONE = `sha256:${'0'.repeat(64)}`;

async function aRepository(t: TestContext): Promise<EcrUnderTest> {
  const ecr = new EcrUnderTest();
  await ecr.serve(t);
  await ecr.client.createRepository({ repositoryName });
  return ecr;
}

const digestOf = ({ root }: BuiltImage): string => root.descriptor.digest;
const sizeOf = ({ blobs }: BuiltImage): number =>
  blobs.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
const ids = async (ecr: EcrUnderTest, request = {}) =>
  (await ecr.client.listImages({ repositoryName, ...request })).imageIds;

describe('ListImages and DescribeImages', () => {
  it('show what was pushed: digest, tags, size, types, time', async (t) => {
    const ecr = await aRepository(t);
    const image = anImage({ one: 'one', two: 'two' });
    await ecr.push(image, repositoryName, 'latest');
    await ecr.push(image, repositoryName, 'v1');
    const imageDigest = digestOf(image);
    assert.deepEqual(await ids(ecr), [
      { imageDigest, imageTag: 'latest' },
      { imageDigest, imageTag: 'v1' },
    ]);
    const { imageDetails } = await ecr.client.describeImages({ repositoryName });
    assert.deepEqual(imageDetails, [
      {
        registryId: '000000000000',
        repositoryName,
        imageDigest,
        imageTags: ['latest', 'v1'],
        imageSizeInBytes: sizeOf(image),
        imagePushedAt: new Date(ecr.clock.now()),
        imageManifestMediaType: OCI_MANIFEST,
        artifactMediaType: 'application/vnd.oci.image.config.v1+json',
      },
    ]);
  });

  it('tell tagged from untagged images: a tag that moves leaves one behind', async (t) => {
    const ecr = await aRepository(t);
    const [old, young] = [anImage({ a: '1' }), anImage({ a: '2' })];
    await ecr.push(old, repositoryName, 'latest');
    await ecr.push(young, repositoryName, 'latest');
    assert.deepEqual(await ids(ecr, { filter: { tagStatus: 'UNTAGGED' } }), [{ imageDigest: digestOf(old) }]);
    assert.deepEqual(await ids(ecr, { filter: { tagStatus: 'TAGGED' } }), [
      { imageDigest: digestOf(young), imageTag: 'latest' },
    ]);
    assert.equal((await ids(ecr))?.length, 2);
  });

  it('give pages, and images by name', async (t) => {
    const ecr = await aRepository(t);
    const images = ['1', '2', '3'].map((text) => anImage({ a: text }));
    for (const [index, image] of images.entries()) await ecr.push(image, repositoryName, `v${index}`);
    const first = await ecr.client.describeImages({ repositoryName, maxResults: 2 });
    const { nextToken } = first;
    const second = await ecr.client.describeImages({ repositoryName, maxResults: 2, nextToken });
    const found = [...(first.imageDetails ?? []), ...(second.imageDetails ?? [])];
    assert.deepEqual(
      new Set(found.map(({ imageDigest }) => imageDigest)),
      new Set(images.map((image) => digestOf(image))),
    );
    assert.equal(second.nextToken, undefined);
    const named = await ecr.client.describeImages({ repositoryName, imageIds: [{ imageTag: 'v1' }] });
    assert.deepEqual(
      named.imageDetails?.map(({ imageDigest }) => imageDigest),
      [digestOf(images[1] as BuiltImage)],
    );
    await refusesEcr(
      ecr.client.describeImages({ repositoryName, imageIds: [{ imageTag: 'v1' }, { imageTag: 'nope' }] }),
      'ImageNotFoundException',
      "The image with imageId {imageDigest:'null', imageTag:'nope'} does not exist within the repository with name 'team/web' in the registry with id '000000000000'",
    );
  });

  it('need a repository, of this account', async (t) => {
    const ecr = await aRepository(t);
    await refusesEcr(
      ecr.client.listImages({ repositoryName: 'none' }),
      'RepositoryNotFoundException',
      /'none' does not exist in the registry with id '000000000000'/,
    );
    const other = ecr.clientOf(OTHER_ACCOUNT);
    await refusesEcr(other.listImages({ repositoryName }), 'RepositoryNotFoundException', /111111111111/);
    await refusesEcr(
      other.describeImages({ repositoryName, registryId: '000000000000' }),
      'AccessDeniedException',
      /ecr:DescribeImages on resource: arn:aws:ecr:eu-west-1:000000000000:repository\/team\/web because no resource-based policy/,
    );
  });
});

describe('BatchGetImage', () => {
  it('gives manifests as they were pushed, by tag and by digest', async (t) => {
    const ecr = await aRepository(t);
    const image = anImage();
    await ecr.push(image, repositoryName, 'latest');
    const imageDigest = digestOf(image);
    const { images = [], failures } = await ecr.client.batchGetImage({
      repositoryName,
      imageIds: [{ imageTag: 'latest' }, { imageDigest }],
    });
    assert.deepEqual(failures, []);
    assert.deepEqual(
      images.map(({ imageId }) => imageId),
      [{ imageDigest, imageTag: 'latest' }, { imageDigest }],
    );
    assert.equal(images[0]?.imageManifest, image.root.bytes.toString());
    assert.equal(images[0]?.imageManifestMediaType, OCI_MANIFEST);
  });

  it('says of each that it does not have why', async (t) => {
    const ecr = await aRepository(t);
    const imageIds = [
      { imageTag: 'nope' },
      { imageDigest: NONE },
      {},
      { imageDigest: 'sha256:short' },
      { imageTag: '?' },
    ];
    const { images, failures = [] } = await ecr.client.batchGetImage({ repositoryName, imageIds });
    assert.deepEqual(images, []);
    assert.deepEqual(
      failures.map(({ failureCode, failureReason }) => [failureCode, failureReason?.slice(0, 27)]),
      [
        ['ImageNotFound', 'Requested image not found'],
        ['ImageNotFound', 'Requested image not found'],
        ['MissingDigestAndTag', 'Invalid request parameters:'],
        ['InvalidImageDigest', 'Invalid request parameters:'],
        ['InvalidImageTag', 'Invalid request parameters:'],
      ],
    );
  });
});

describe('BatchDeleteImage', () => {
  it('takes tags away one by one, and the image with the last', async (t) => {
    const ecr = await aRepository(t);
    const image = anImage();
    await ecr.push(image, repositoryName, 'a');
    await ecr.push(image, repositoryName, 'b');
    const imageDigest = digestOf(image);
    const remove = (imageTag: string) =>
      ecr.client.batchDeleteImage({ repositoryName, imageIds: [{ imageTag }] });
    assert.deepEqual((await remove('a')).imageIds, [{ imageDigest, imageTag: 'a' }]);
    assert.deepEqual(await ids(ecr), [{ imageDigest, imageTag: 'b' }]);
    await remove('b');
    assert.deepEqual(await ids(ecr), []);
    assert.equal((await remove('b')).failures?.[0]?.failureCode, 'ImageNotFound');
    const gone = await ecr.ask(`/v2/${repositoryName}/manifests/${imageDigest}`, { auth: await ecr.login() });
    assert.equal(gone.status, 404);
  });

  it('takes an image with all its tags by its digest', async (t) => {
    const ecr = await aRepository(t);
    const image = anImage();
    for (const tag of ['a', 'b']) await ecr.push(image, repositoryName, tag);
    const imageDigest = digestOf(image);
    const mismatch = { imageDigest: NONE, imageTag: 'a' };
    const wrong = await ecr.client.batchDeleteImage({ repositoryName, imageIds: [mismatch] });
    assert.equal(wrong.failures?.[0]?.failureCode, 'ImageTagDoesNotMatchDigest');
    const { imageIds } = await ecr.client.batchDeleteImage({ repositoryName, imageIds: [{ imageDigest }] });
    assert.deepEqual(
      imageIds,
      ['a', 'b'].map((imageTag) => ({ imageDigest, imageTag })),
    );
    assert.deepEqual(await ids(ecr), []);
  });

  it('leaves what an index refers to, unless the index goes too', async (t) => {
    const ecr = await aRepository(t);
    const parts = [anImage({ a: 'arm' }, { platform: LINUX_ARM64 }), anImage({ a: 'amd' })];
    const index = buildIndex(parts);
    await ecr.push(index, repositoryName, 'latest');
    const { imageDetails = [] } = await ecr.client.describeImages({
      repositoryName,
      imageIds: [{ imageTag: 'latest' }],
    });
    assert.equal(imageDetails[0]?.imageManifestMediaType, OCI_INDEX);
    assert.equal(imageDetails[0]?.imageSizeInBytes, Math.max(...parts.map(sizeOf)));
    const [part] = parts.map((image) => ({ imageDigest: digestOf(image) }));
    const refused = await ecr.client.batchDeleteImage({ repositoryName, imageIds: [part ?? {}] });
    assert.equal(refused.failures?.[0]?.failureCode, 'ImageReferencedByManifestList');
    assert.match(refused.failures?.[0]?.failureReason ?? '', new RegExp(digestOf(index)));
    const all = [part ?? {}, { imageTag: 'latest' }];
    const done = await ecr.client.batchDeleteImage({ repositoryName, imageIds: all });
    assert.deepEqual(done.failures, []);
    assert.equal((await ids(ecr))?.length, 1);
  });

  it('forgets an image at once, and what the registry still has of it when that answers again', async (t) => {
    const ecr = await aRepository(t);
    const image = anImage();
    await ecr.push(image, repositoryName, 'latest');
    ecr.registry.failure = new AppError('unavailable', 'down');
    const imageIds = [{ imageDigest: digestOf(image) }];
    await assert.rejects(ecr.client.batchDeleteImage({ repositoryName, imageIds }));
    assert.deepEqual(await ids(ecr), []);
    ecr.registry.failure = undefined;
    await ecr.images.emptyTrash();
    assert.equal(await manifestStatus(ecr, digestOf(image)), 404);
    await ecr.push(image, repositoryName, 'latest');
    await ecr.images.emptyTrash();
    assert.equal(await manifestStatus(ecr, digestOf(image)), 200);
  });
});

describe('PutImage', () => {
  it('gives an image that is there another tag', async (t) => {
    const ecr = await aRepository(t);
    const image = anImage();
    await ecr.push(image, repositoryName, 'v1');
    const imageManifest = image.root.bytes.toString();
    const put = (imageTag: string) => ecr.client.putImage({ repositoryName, imageManifest, imageTag });
    assert.deepEqual((await put('live')).image?.imageId, { imageDigest: digestOf(image), imageTag: 'live' });
    await refusesEcr(
      put('live'),
      'ImageAlreadyExistsException',
      /^Image with digest .* and tag 'live' already/,
    );
  });

  it('refuses what is no manifest, another digest, and layers that are not there', async (t) => {
    const ecr = await aRepository(t);
    const imageManifest = anImage().root.bytes.toString();
    const put = (more: object) => ecr.client.putImage({ repositoryName, imageManifest, ...more });
    await refusesEcr(put({}), 'LayersNotFoundException', /One or more layers do not exist/);
    await refusesEcr(put({ imageDigest: NONE }), 'ImageDigestDoesNotMatchException', /./);
    await refusesEcr(put({ imageManifest: '{' }), 'InvalidParameterException', /Invalid JSON syntax/);
    await refusesEcr(put({ imageTag: '?' }), 'InvalidParameterException', /imageTag/);
  });

  it('leaves an immutable tag with its image, but for those excluded', async (t) => {
    const ecr = await aRepository(t);
    const [first, second] = [anImage({ a: '1' }), anImage({ a: '2' })];
    for (const image of [first, second])
      await ecr.push(image, repositoryName, `t${digestOf(image).slice(7, 9)}`);
    await ecr.client.putImageTagMutability({
      repositoryName,
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
    });
    const put = (image: BuiltImage, imageTag: string) =>
      ecr.client.putImage({ repositoryName, imageManifest: image.root.bytes.toString(), imageTag });
    for (const imageTag of ['v1', 'dev-1']) await put(first, imageTag);
    await put(second, 'dev-1');
    await refusesEcr(
      put(second, 'v1'),
      'ImageTagAlreadyExistsException',
      "The image tag 'v1' already exists in the 'team/web' repository and cannot be overwritten because the tag is immutable.",
    );
  });
});

describe('BatchCheckLayerAvailability and GetDownloadUrlForLayer', () => {
  it('know the layers of the repository', async (t) => {
    const ecr = await aRepository(t);
    const image = anImage();
    await ecr.push(image, repositoryName, 'latest');
    const [layer] = image.blobs.map(({ descriptor }) => descriptor);
    const { layers, failures } = await ecr.client.batchCheckLayerAvailability({
      repositoryName,
      layerDigests: [layer?.digest ?? '', NONE, 'x'],
    });
    assert.deepEqual(
      layers?.map(({ layerAvailability, layerSize }) => [layerAvailability, layerSize]),
      [
        ['AVAILABLE', layer?.size],
        ['UNAVAILABLE', undefined],
      ],
    );
    assert.equal(failures?.[0]?.failureCode, 'InvalidLayerDigest');
    const { downloadUrl = '' } = await ecr.client.getDownloadUrlForLayer({
      repositoryName,
      layerDigest: layer?.digest,
    });
    const { host, pathname, search } = new URL(downloadUrl);
    const got = await ecr.ask(pathname + search, { host });
    assert.deepEqual([got.status, Number(got.headers['content-length'])], [200, layer?.size]);
    await refusesEcr(
      ecr.client.getDownloadUrlForLayer({ repositoryName, layerDigest: NONE }),
      'LayersNotFoundException',
      /does not exist in the repository with name 'team\/web'/,
    );
  });
});

describe('DeleteRepository with images', () => {
  it('needs force, and leaves nothing in the registry', async (t) => {
    const ecr = await aRepository(t);
    const image = anImage();
    await ecr.push(image, repositoryName, 'latest');
    await refusesEcr(
      ecr.client.deleteRepository({ repositoryName }),
      'RepositoryNotEmptyException',
      "The repository with name 'team/web' in registry with id '000000000000' cannot be deleted because it still contains images",
    );
    await ecr.client.deleteRepository({ repositoryName, force: true });
    assert.deepEqual(ecr.registry.places, []);
    await ecr.client.createRepository({ repositoryName });
    assert.deepEqual(await ids(ecr), [], 'one made again under the name begins empty');
    assert.equal(await manifestStatus(ecr, digestOf(image)), 404);
  });
});

async function manifestStatus(ecr: EcrUnderTest, digest: string): Promise<number> {
  const auth = await ecr.login();
  return (await ecr.ask(`/v2/${repositoryName}/manifests/${digest}`, { auth })).status;
}
