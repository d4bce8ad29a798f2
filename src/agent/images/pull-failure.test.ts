import assert from 'node:assert/strict';
import { type TestContext, describe, it } from 'node:test';
import { buildImage, buildIndex, buildLayer, sha256 } from '../../cli/sample-image/image.ts';
import { file } from '../../cli/sample-image/tar.ts';
import { AppError, type ErrorKind } from '../../domain/errors.ts';
import { DOCKER_SCHEMA1_SIGNED } from '../../domain/oci/media-types.ts';
import { LINUX_ARM64 } from '../../domain/oci/platform.ts';
import { parseReference } from '../../domain/oci/reference.ts';
import { anImage } from '../../../test/support/images/oci-image.ts';
import {
  aPullScene,
  type PullScene,
  type PullSceneOptions,
} from '../../../test/support/images/pull-scene.ts';
import { HostDialer } from '../../../test/support/registry/host-dialer.ts';
import { pullFailureReason } from './pull-failure.ts';

interface Case {
  readonly name: string;
  readonly options?: PullSceneOptions;
  readonly prepare?: (scene: PullScene) => void;
  /** `app:latest` of the fake registry when left out. */
  readonly reference?: string;
  readonly roomBytes?: number;
  readonly kind: ErrorKind;
  /** With HOST for the fake registry's address. */
  readonly text: string;
}

const image = anImage({ one: 'one' });
const layer = (image.blobs[0] as (typeof image.blobs)[0]).descriptor.digest;
const manifest = image.root.descriptor.digest;
const resolve = (attempts: number): string =>
  `pull image manifest has been retried ${attempts} time(s): failed to resolve ref HOST/app:latest: `;
const copy = (attempts: number): string =>
  `ref pull has been retried ${attempts} time(s): failed to copy: httpReadSeeker: failed open: `;
const dialFails = (host: string, syscallCode: string): HostDialer =>
  new HostDialer({
    [host]: new AppError('unavailable', 'no', { details: { syscallCode, address: '192.0.2.7' } }),
  });
const quick = { connectMs: 30, headMs: 20, firstByteMs: 20, inactivityMs: 20 };
const hubBusy = { errors: [{ code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit.' }] };
const insufficient = { 'www-authenticate': 'Bearer realm="http://127.0.0.1:9/t",error="insufficient_scope"' };

const RESOLVING: Case[] = [
  {
    name: 'a tag that is not there',
    reference: 'nope',
    kind: 'not-found',
    text: 'pull image manifest has been retried 1 time(s): failed to resolve ref HOST/nope:latest: HOST/nope:latest: not found',
  },
  {
    name: 'a repository that tokens do not open',
    options: { server: { anonymousTokens: true } },
    prepare: ({ server }) => {
      const header = insufficient['www-authenticate'].replace('127.0.0.1:9/t', `${server.host}/token`);
      server.rule({ when: /v2/, answer: { status: 401, headers: { 'www-authenticate': header } } });
    },
    kind: 'not-found',
    text: `${resolve(1)}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
  },
  {
    name: 'no login for a private registry',
    options: { server: { auth: { scheme: 'bearer', username: 'a', password: 'b' } } },
    kind: 'not-found',
    text: `${resolve(1)}failed to authorize: failed to fetch anonymous token: unexpected status from GET request to http://HOST/token: 401 Unauthorized`,
  },
  {
    name: 'a wrong login',
    options: { server: { auth: { scheme: 'basic', username: 'a', password: 'b' } } },
    kind: 'not-found',
    text: `${resolve(1)}pulling from host HOST failed with status code [manifests latest]: 401 Unauthorized`,
  },
  {
    name: 'a refusal',
    prepare: ({ server }) => server.rule({ when: /v2/, answer: { status: 403 } }),
    kind: 'not-found',
    text: `${resolve(1)}pulling from host HOST failed with status code [manifests latest]: 403 Forbidden`,
  },
  {
    name: 'a rate limit',
    prepare: ({ server }) => server.rule({ when: /v2/, answer: { status: 429 } }),
    kind: 'unavailable',
    text: `${resolve(5)}pulling from host HOST failed with status code [manifests latest]: 429 Too Many Requests - toomanyrequests`,
  },
  {
    name: 'a registry that is broken',
    prepare: ({ server }) => server.rule({ when: /v2/, answer: { status: 503 } }),
    kind: 'unavailable',
    text: `${resolve(5)}pulling from host HOST failed with status code [manifests latest]: 503 Service Unavailable`,
  },
  {
    name: 'a connection that does not come about',
    options: { dialer: new HostDialer({ '198.51.100.1': 'hang' }), timeouts: quick },
    reference: '198.51.100.1/nope',
    kind: 'deadline',
    text: 'pull image manifest has been retried 5 time(s): failed to resolve ref 198.51.100.1/nope:latest: failed to do request: Head "https://198.51.100.1/v2/nope/manifests/latest": dial tcp 192.0.2.1:443: i/o timeout',
  },
  {
    name: 'a refused connection',
    options: { dialer: dialFails('registry.test', 'ECONNREFUSED') },
    reference: 'registry.test:5000/nope:1',
    kind: 'unavailable',
    text: 'pull image manifest has been retried 5 time(s): failed to resolve ref registry.test:5000/nope:1: failed to do request: Head "https://registry.test:5000/v2/nope/manifests/1": dial tcp 192.0.2.7:5000: connect: connection refused',
  },
  {
    name: 'no route',
    options: { dialer: dialFails('registry-1.docker.io', 'ENETUNREACH') },
    reference: 'docker.io/library/nope',
    kind: 'unavailable',
    text: 'pull image manifest has been retried 5 time(s): failed to resolve ref docker.io/library/nope:latest: failed to do request: Head "https://registry-1.docker.io/v2/library/nope/manifests/latest": dial tcp 192.0.2.7:443: connect: network is unreachable',
  },
  {
    name: 'an unknown name',
    options: { dialer: dialFails('registry.test', 'ENOTFOUND') },
    reference: 'registry.test/nope',
    kind: 'unavailable',
    text: 'pull image manifest has been retried 5 time(s): failed to resolve ref registry.test/nope:latest: failed to do request: Head "https://registry.test/v2/nope/manifests/latest": dial tcp: lookup registry.test: no such host',
  },
  {
    name: 'a name server that does not answer',
    options: {
      dialer: new HostDialer({
        'registry.test': new AppError('deadline', 'no', { details: { address: 'registry.test' } }),
      }),
    },
    reference: 'registry.test/nope',
    kind: 'deadline',
    text: 'pull image manifest has been retried 5 time(s): failed to resolve ref registry.test/nope:latest: failed to do request: Head "https://registry.test/v2/nope/manifests/latest": dial tcp: lookup registry.test: i/o timeout',
  },
  {
    name: 'an ECR that cannot be reached',
    options: { dialer: dialFails('000000000000.dkr.ecr.eu-west-1.amazonaws.com', 'ETIMEDOUT') },
    reference: '000000000000.dkr.ecr.eu-west-1.amazonaws.com/app:1',
    kind: 'unavailable',
    text: "The task cannot pull '000000000000.dkr.ecr.eu-west-1.amazonaws.com/app:1' from the Amazon ECR repository '000000000000.dkr.ecr.eu-west-1.amazonaws.com/app'. There is a connection issue between the task and Amazon ECR. Check your task network configuration.",
  },
  {
    name: 'a registry that does not answer',
    options: { timeouts: quick },
    prepare: ({ server }) => server.rule({ when: /v2/, answer: 'hang' }),
    kind: 'deadline',
    text: `${resolve(5)}failed to do request: Head "http://HOST/v2/app/manifests/latest": net/http: timeout awaiting response headers`,
  },
  {
    name: 'a connection that is closed',
    prepare: ({ server }) => server.rule({ when: /v2/, answer: 'drop' }),
    kind: 'unavailable',
    text: `${resolve(5)}failed to do request: Head "http://HOST/v2/app/manifests/latest": EOF`,
  },
];

const FETCHING: Case[] = [
  {
    name: 'an index without the platform',
    prepare: ({ server }) => void server.add(buildIndex([anImage({ a: 'a' }, { platform: LINUX_ARM64 })])),
    kind: 'not-found',
    text: "pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'",
  },
  {
    name: 'an image of the first format',
    prepare: ({ server }) => {
      const headers = {
        'content-type': DOCKER_SCHEMA1_SIGNED,
        'docker-content-digest': manifest,
        'content-length': '10',
      };
      server.rule({ when: /HEAD/, answer: { status: 200, headers } });
    },
    kind: 'invalid',
    text: 'ref pull has been retried 1 time(s): schema 1 image manifests are no longer supported',
  },
  {
    name: 'a refused layer',
    prepare: ({ server }) => server.rule({ when: new RegExp(layer), answer: { status: 403 } }),
    kind: 'not-found',
    text: `${copy(1)}unexpected status code http://HOST/v2/app/blobs/${layer}: 403 Forbidden`,
  },
  {
    name: 'a layer that is gone',
    prepare: ({ server }) => server.rule({ when: new RegExp(layer), answer: { status: 404 } }),
    kind: 'not-found',
    text: `${copy(1)}content at http://HOST/v2/app/blobs/${layer} not found: not found`,
  },
  {
    name: 'a rate limit on manifests',
    prepare: ({ server }) => server.rule({ when: /GET .*manifests/, answer: { status: 429, body: hubBusy } }),
    kind: 'unavailable',
    text: `${copy(5)}unexpected status code http://HOST/v2/app/manifests/${manifest}: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.`,
  },
  {
    name: 'a layer store that cannot be reached',
    prepare: ({ server }) => {
      const location = 'http://127.0.0.1:1/bucket/layer?X-Amz-Security-Token=secret';
      server.rule({ when: new RegExp(layer), answer: { status: 307, headers: { location } } });
    },
    kind: 'unavailable',
    text: `${copy(5)}failed to do request: Get "http://127.0.0.1:1/bucket/layer": dial tcp 127.0.0.1:1: connect: connection refused`,
  },
  {
    name: 'a layer that stops coming',
    options: { timeouts: { inactivityMs: 20 } },
    prepare: ({ server }) => server.rule({ when: new RegExp(layer), answer: { stallAfter: 0 } }),
    kind: 'deadline',
    text: 'ref pull has been retried 5 time(s): inactivity time exceeded timeout while pulling image',
  },
  {
    name: 'a layer that always breaks off',
    prepare: ({ server }) => server.rule({ when: new RegExp(layer), answer: { cutAfter: 0 } }),
    kind: 'unavailable',
    text: 'ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed read: unexpected EOF',
  },
  {
    name: 'a layer that is not what its digest says',
    prepare: ({ server }) => {
      const size = (image.blobs[0] as (typeof image.blobs)[0]).bytes.length;
      server.rule({ when: new RegExp(layer), answer: { status: 200, body: 'x'.repeat(size) } });
    },
    kind: 'invalid',
    text: `ref pull has been retried 1 time(s): failed commit on ref "layer-${layer}": ${layer} is `,
  },
  {
    name: 'a full disk while fetching',
    prepare: ({ store }) => {
      store.failWrite = new AppError('failed-precondition', 'full', { details: { errno: 'ENOSPC' } });
    },
    kind: 'failed-precondition',
    text: 'ref pull has been retried 1 time(s): failed to copy: no space left on device',
  },
  {
    name: 'a full disk while unpacking',
    prepare: ({ store }) => {
      const details = { errno: 'ENOSPC', layerDigest: layer };
      store.failUnpack = new AppError('failed-precondition', 'full', { details });
    },
    kind: 'failed-precondition',
    text: `ref pull has been retried 1 time(s): failed to extract layer ${layer}: no space left on device`,
  },
  {
    name: 'a configuration that does not go with the manifest',
    prepare: ({ server }) => {
      const layers = [buildLayer([file('a', 'a')]), buildLayer([file('b', 'b')])];
      const good = buildImage({ layers });
      const bad = buildImage({ layers: layers.slice(0, 1) });
      const config = bad.blobs.at(-1) as (typeof bad.blobs)[0];
      const root = JSON.parse(good.root.bytes.toString()) as { config: unknown };
      root.config = config.descriptor;
      server.add({ ...good, blobs: [...good.blobs, config], root: rewritten(good.root, root) });
    },
    kind: 'invalid',
    text: "ref pull has been retried 1 time(s): number of layers and diffIDs don't match: 2 != 1",
  },
  {
    name: 'a configuration whose members are of other types',
    prepare: ({ server }) => void server.add(anImage({}, { config: { Env: 5 as unknown as string[] } })),
    kind: 'invalid',
    text: "ref pull has been retried 1 time(s): the image's configuration is malformed",
  },
  {
    name: 'a layer that says it is larger than the task’s disk',
    prepare: ({ server }) => {
      const root = JSON.parse(image.root.bytes.toString()) as { layers: { size: number }[] };
      root.layers = root.layers.map((each) => ({ ...each, size: 2 ** 40 }));
      server.add({ ...image, root: rewritten(image.root, root) });
    },
    roomBytes: 2 ** 30,
    kind: 'failed-precondition',
    text: 'ref pull has been retried 1 time(s): failed to copy: no space left on device',
  },
  {
    name: 'layers that are larger than the task’s disk once they are unpacked',
    prepare: ({ server }) => void server.add(anImage({ zeros: Buffer.alloc(2 ** 20) })),
    roomBytes: 2 ** 19,
    kind: 'failed-precondition',
    text: 'ref pull has been retried 1 time(s): failed to extract layer: no space left on device',
  },
];

async function reasonOf(t: TestContext, given: Case): Promise<{ kind: string; text: string }> {
  const scene = await aPullScene(t, given.options);
  scene.server.add(image);
  given.prepare?.(scene);
  const { host } = scene.server;
  const reference = given.reference === 'nope' ? `${host}/nope` : given.reference;
  const { roomBytes } = given;
  const request = scene.request(reference, roomBytes === undefined ? {} : { roomBytes });
  const failure = await scene.puller.pull(request, new AbortController().signal).then(
    () => assert.fail('the pull succeeded'),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof AppError);
  assert.equal(scene.store.openLeases, 0, 'no lease is left');
  return { kind: failure.kind, text: failure.message.replaceAll(host, 'HOST') };
}

describe('a failed pull, in Fargate’s words', () => {
  for (const given of [...RESOLVING, ...FETCHING]) {
    it(`says so of ${given.name}`, async (t) => {
      const { kind, text } = await reasonOf(t, given);
      assert.equal(text.slice(0, given.text.length), given.text);
      assert.ok(text.length === given.text.length || given.text.endsWith(' is '), text);
      assert.equal(kind, given.kind);
    });
  }

  it('says invalid reference format for what is no reference', async (t) => {
    const { puller, request } = await aPullScene(t);
    await assert.rejects(puller.pull(request('a b'), new AbortController().signal), {
      message: 'invalid reference format',
    });
  });
});

describe('pullFailureReason', () => {
  const cases: [tlsCode: string, text: RegExp][] = [
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      /: tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
    ],
    ['CERT_HAS_EXPIRED', /x509: certificate has expired or is not yet valid$/],
    ['EPROTO', /: http: server gave HTTP response to HTTPS client$/],
  ];
  for (const [tlsCode, text] of cases) {
    it(`puts ${tlsCode} into Go’s words`, () => {
      const details = { phase: 'connect', url: 'https://registry.test/v2/app/manifests/latest', tlsCode };
      const error = new AppError('invalid', 'tls', { details });
      assert.match(
        pullFailureReason(error, parseReference('registry.test/app'), { step: 'resolve', attempts: 1 }),
        text,
      );
    });
  }
});

function rewritten(root: (typeof image)['root'], value: unknown): (typeof image)['root'] {
  const bytes = Buffer.from(JSON.stringify(value));
  return { descriptor: { ...root.descriptor, size: bytes.length, digest: sha256(bytes) }, bytes };
}
