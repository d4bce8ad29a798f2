import { pushImage } from '../../cli/sample-image/push.ts';
import { sha256 } from '../../cli/sample-image/image.ts';
import { testRegistry } from '../../ports/testing/registry-suite.ts';
import { describe, it } from 'node:test';
import { HostDialer } from '../../../test/support/registry/host-dialer.ts';
import { registryMissing, startRegistry } from '../../../test/support/registry/registry.ts';
import { OciRegistry } from './oci-registry.ts';

const missing = await registryMissing();
if (missing !== undefined) {
  describe('Registry: OciRegistry against docker-registry', () => {
    it('needs a registry', { skip: missing }, () => undefined);
  });
} else {
  testRegistry('OciRegistry against docker-registry', async () => {
    const server = await startRegistry();
    return {
      registry: new OciRegistry(),
      context: { dialer: new HostDialer() },
      host: server.host,
      publish: async (repository, tag, { manifest, blobs }) => {
        const wrap = (bytes: Buffer, mediaType: string) => ({
          descriptor: { mediaType, digest: sha256(bytes), size: bytes.length },
          bytes,
        });
        const image = {
          root: wrap(manifest.bytes, manifest.mediaType),
          manifests: [],
          blobs: blobs.map((bytes) => wrap(bytes, 'application/octet-stream')),
        };
        await pushImage(image, { registryUrl: server.url, repository, tag });
      },
      close: () => server.close(),
    };
  });
}
