import { openContainerdHarness } from '../../../test/support/containerd/containerd-harness.ts';
import { containerdMissing } from '../../../test/support/containerd/private-containerd.ts';
import { describeContainerRuntime } from '../../ports/testing/container-runtime-suite.ts';

describeContainerRuntime('ContainerRuntime: ContainerdRuntime', openContainerdHarness, {
  skip: containerdMissing() ?? false,
});
