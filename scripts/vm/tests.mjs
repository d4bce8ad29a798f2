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
  'test/root/efs-over-nfs',
  'test/root/run-task',
  'test/root/task-volumes',
  'test/vm/',
];
