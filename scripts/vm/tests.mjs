/** The tests that run in the machine when none are named: what depends on the kernel, and whole lives of tasks. */
export const TESTS = [
  'src/drivers/cgroups-linux/',
  'src/drivers/containerd/containerd-faults',
  'src/drivers/disk-loop/',
  'src/drivers/file-systems-local/local-file-systems',
  'src/drivers/file-systems-nfs/',
  'src/drivers/network-linux/linux-network-faults',
  'src/drivers/network-linux/vpc-firewall',
  'test/root/container-insights',
  'test/root/efs-',
  'test/root/hostile-container',
  'test/root/isolation',
  'test/root/run-task',
  'test/root/survival',
  'test/root/task-metadata.root',
  'test/root/task-volumes',
  'test/vm/',
];
