import { describeFileSystemStorage } from '../../ports/testing/file-system-storage-suite.ts';
import { MemoryFileSystemStorage } from './memory-file-system-storage.ts';

describeFileSystemStorage('FileSystemStorage: MemoryFileSystemStorage', () =>
  Promise.resolve({ storage: new MemoryFileSystemStorage(), close: () => Promise.resolve() }),
);
