import { aLocalPlace, localFileSystemsMissing } from '../../../test/support/file-systems/local-place.ts';
import { describeFileSystemMounts } from '../../ports/testing/file-system-mounts-suite.ts';
import { describeFileSystemViews } from '../../ports/testing/file-system-views-suite.ts';

const skip = localFileSystemsMissing();

describeFileSystemViews('LocalFileSystemViews', aLocalPlace, { skip });

describeFileSystemMounts(
  'LocalFileSystemMounts',
  async () => {
    const place = await aLocalPlace();
    return {
      ...place,
      async leftovers() {
        const { views } = place;
        const accessPoint = { accessPointId: 'fsap-00000000000000001', rootPath: '/' };
        await views.close({ fileSystemId: 'fs-00000000000000001', rootDirectory: '/', accessPoint });
        return await place.leftovers();
      },
    };
  },
  { skip },
);
