/**
 * What Neargate does with a member of a request: the kinds of entries in the tables beside this file.
 * A proof is a test, by file and title.
 */

/** It does something here. */
export const effect = (text, ...proofs) => ({ status: 'effect', text, proofs });

/** It is kept and shown, and does nothing; `why`. */
export const stored = (why, ...proofs) => ({ status: 'stored', text: why, proofs });

/** It is refused, whatever its value; the proof is in the tables of refusals. */
export const refused = (why = '') => ({ status: 'refused', text: why, proofs: [] });

/** It belongs to a structure that is refused, or stored, as a whole. */
export const within = (parameter) => ({ status: 'within', parameter });

/** A maker of proofs from one file of tests. */
export const from = (file) => (title) => ({ file, title });

export const TESTS = {
  process: from('test/root/task-process.root.test.ts'),
  order: from('test/root/task-order.root.test.ts'),
  disk: from('test/root/task-disk.root.test.ts'),
  volumes: from('test/root/task-volumes.root.test.ts'),
  sharing: from('test/root/efs-sharing.root.test.ts'),
  fileSystems: from('src/agent/file-systems/mount-file-systems.test.ts'),
  mounts: from('src/domain/task/volume-mounts.test.ts'),
  shared: from('test/root/shared-processes.root.test.ts'),
  run: from('test/root/run-task.root.test.ts'),
  metadata: from('test/root/task-metadata.root.test.ts'),
  spec: from('src/domain/oci/runtime-spec.root.test.ts'),
  prepare: from('src/domain/ecs/registration/prepare-definition.test.ts'),
  definitions: from('src/services/ecs/task-definitions/task-definitions.test.ts'),
  tasks: from('src/services/ecs/tasks/run-task.test.ts'),
  platform: from('src/services/ecs/tasks/run-task-platform.test.ts'),
  runtime: from('src/services/ecs/tasks/run-task-runtime.test.ts'),
  token: from('src/services/ecs/tasks/client-token.test.ts'),
  list: from('src/services/ecs/tasks/tasks.test.ts'),
  assignment: from('src/control/tasks/build-assignment.test.ts'),
  logs: from('src/agent/logs/file-task-logs.test.ts'),
  logOptions: from('src/agent/logs/awslogs-options.test.ts'),
  logStream: from('src/agent/logs/log-stream.test.ts'),
  lines: from('src/agent/logs/line-sink.test.ts'),
  splunkEvents: from('src/agent/logs/splunk/splunk-event.test.ts'),
  firelens: from('test/root/firelens.root.test.ts'),
  splunk: from('test/root/splunk.root.test.ts'),
  router: from('src/domain/ecs/firelens/router-config.test.ts'),
  secrets: from('src/agent/inputs/secrets.test.ts'),
  files: from('src/agent/inputs/environment-files.test.ts'),
  containers: from('src/agent/container-order.test.ts'),
  agent: from('src/agent/agent.test.ts'),
  health: from('src/domain/task/health.test.ts'),
  dependencies: from('src/domain/task/dependencies.test.ts'),
  restarts: from('src/domain/task/restart-policy.test.ts'),
  placement: from('src/control/tasks/placement.test.ts'),
  groups: from('src/drivers/network-linux/security-groups.root.test.ts'),
  publicAddress: from('test/root/public-address.root.test.ts'),
};
