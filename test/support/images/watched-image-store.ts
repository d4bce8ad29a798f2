/** The image store in memory, which counts what it unpacks and fails where a test says so. */
import { FakeImageStore } from '../../../src/drivers/image-store-fake/fake-image-store.ts';
import type { AppError } from '../../../src/domain/errors.ts';
import type { ImageStore, StoredImage } from '../../../src/ports/image-store.ts';

export class WatchedImageStore extends FakeImageStore {
  unpacked = 0;
  failWrite: AppError | undefined;
  failUnpack: AppError | undefined;

  override async writeBlob(...given: Parameters<ImageStore['writeBlob']>): Promise<void> {
    if (this.failWrite !== undefined) throw this.failWrite;
    await super.writeBlob(...given);
  }

  override async unpack(...given: Parameters<ImageStore['unpack']>): Promise<StoredImage> {
    if (this.failUnpack !== undefined) throw this.failUnpack;
    this.unpacked += 1;
    return super.unpack(...given);
  }
}
