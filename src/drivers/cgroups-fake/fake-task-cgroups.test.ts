import { describeTaskCgroups } from '../../ports/testing/task-cgroups-suite.ts';
import { FakeTaskCgroups } from './fake-task-cgroups.ts';

describeTaskCgroups('FakeTaskCgroups', async () => {
  const cgroups = new FakeTaskCgroups();
  return { cgroups, leftovers: () => cgroups.list(), close: async () => undefined };
});
