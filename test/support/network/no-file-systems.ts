/** For networks of tests that have no mount targets. */
import type { ServedFileSystems } from '../../../src/agent/vpc-services/vpc-services.ts';

export const noFileSystems: ServedFileSystems = {
  know: () => undefined,
  forget: () => undefined,
  serve: async (_target, socket) => void socket.destroy(),
};
