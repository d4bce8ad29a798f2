import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildIndex } from '../../cli/sample-image/image.ts';
import { pushImage } from '../../cli/sample-image/push.ts';
import { anImage } from '../../../test/support/images/oci-image.ts';
import { aPullScene } from '../../../test/support/images/pull-scene.ts';
import { registryMissing, startRegistry } from '../../../test/support/registry/registry.ts';
import { LINUX_ARM64 } from '../../domain/oci/platform.ts';

const skip = (await registryMissing()) ?? false;
const never = new AbortController().signal;

describe('ImagePuller with docker-registry', { skip }, () => {
  it('pulls what was pushed: single images and indexes, OCI and Docker formats', async (t) => {
    const registry = await startRegistry();
    t.after(() => registry.close());
    const { puller, request } = await aPullScene(t);
    const images = {
      oci: anImage({ a: 'oci', b: 'b' }),
      docker: anImage({ a: 'docker', b: 'b' }, { format: 'docker' }),
      index: buildIndex([anImage({ a: '1' }, { platform: LINUX_ARM64 }), anImage({ a: '2' })]),
      list: buildIndex([anImage({ a: '3' }, { format: 'docker' })], 'docker'),
    };
    for (const [tag, image] of Object.entries(images)) {
      await pushImage(image, { registryUrl: registry.url, repository: 'some/app', tag });
      const stored = await puller.pull(request(`${registry.host}/some/app:${tag}`), never);
      assert.equal(stored.digest, image.root.descriptor.digest);
    }
    const { digest } = images.oci.root.descriptor;
    const byDigest = await puller.pull(request(`${registry.host}/some/app@${digest}`), never);
    assert.equal(byDigest.manifestDigest, digest);
    const nope = puller.pull(request(`${registry.host}/some/app:nope`), never);
    const name = `${registry.host}/some/app:nope`;
    await assert.rejects(nope, {
      message: `pull image manifest has been retried 1 time(s): failed to resolve ref ${name}: ${name}: not found`,
    });
  });
});
