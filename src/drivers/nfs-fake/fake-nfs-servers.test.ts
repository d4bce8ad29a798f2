import { once } from 'node:events';
import { viewKey } from '../../domain/efs/view.ts';
import { AppError } from '../../domain/errors.ts';
import { describeNfsServers } from '../../ports/testing/nfs-servers-suite.ts';
import { type FakeNfsGreeting, type FakeNfsMachine, FakeNfsServers } from './fake-nfs-servers.ts';

describeNfsServers('FakeNfsServers', async () => {
  const provided = new Set<string>();
  const machine: FakeNfsMachine = new Map();
  const views = {
    async open(view: Parameters<typeof viewKey>[0]) {
      if (!provided.has(viewKey(view))) throw new AppError('not-found', 'there is no such view');
      return { path: `/views/${viewKey(view)}` };
    },
  };
  return {
    servers: new FakeNfsServers(views, machine),
    provide: async (view) => void provided.add(viewKey(view)),
    async explore(connection) {
      const [line] = (await once(connection, 'data')) as [Buffer];
      const { view, readOnly, squashRoot } = JSON.parse(line.toString('utf8')) as FakeNfsGreeting;
      return { view, readOnly, squashRoot };
    },
    next: async () => new FakeNfsServers(views, machine),
    close: async () => undefined,
  };
});
