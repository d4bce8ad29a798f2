/** What the metadata endpoint shows of a task, from its facts. Pure. */
import type { KnownStatus, MetadataContainer, MetadataTask } from '../../domain/metadata/task-view.ts';
import type { AssignedContainer, TaskAssignment } from '../../domain/task/assignment.ts';
import { type ContainerFacts, isAlive, type TaskFacts } from '../runner/facts.ts';

const ORDER: readonly KnownStatus[] = ['NONE', 'PULLED', 'CREATED', 'RUNNING', 'STOPPED'];

export function metadataTask(assignment: TaskAssignment, facts: TaskFacts): MetadataTask {
  const containers = facts.containers.map((container) => metadataContainer(assignment, container));
  const { pullStartedAt, pullStoppedAt, executionStoppedAt } = facts;
  return {
    assignment,
    containers,
    desiredStatus: facts.stop === undefined ? 'RUNNING' : 'STOPPED',
    knownStatus: facts.status === 'STOPPED' ? 'STOPPED' : earliest(containers),
    ...(pullStartedAt !== undefined && { pullStartedAt }),
    ...(pullStoppedAt !== undefined && { pullStoppedAt }),
    ...(executionStoppedAt !== undefined && { executionStoppedAt }),
  };
}

function metadataContainer({ containers }: TaskAssignment, facts: ContainerFacts): MetadataContainer {
  const definition = containers.find((one) => one.definition.name === facts.name)?.definition;
  const { imageDigest, exitCode, startedAt, finishedAt } = facts;
  return {
    name: facts.name,
    dockerId: facts.runtimeId,
    knownStatus: knownStatus(facts),
    ...(imageDigest !== undefined && { imageDigest }),
    ...(exitCode !== undefined && { exitCode }),
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(definition?.healthCheck !== undefined && facts.health !== undefined && { health: facts.health }),
    ...(hasRestartPolicy(definition) && { restartCount: facts.restartCount ?? 0 }),
  };
}

function hasRestartPolicy(definition: AssignedContainer['definition'] | undefined): boolean {
  return definition?.restartPolicy?.enabled === true;
}

function knownStatus(facts: ContainerFacts): KnownStatus {
  if (isAlive(facts)) return 'RUNNING';
  if (facts.phase === 'stopped') return 'STOPPED';
  if (facts.phase === 'created') return 'CREATED';
  return facts.pulled ? 'PULLED' : 'NONE';
}

/** A task is as far as the container that is least far; of one whose images are being pulled nothing is known. */
function earliest(containers: readonly MetadataContainer[]): KnownStatus {
  const least = Math.min(...containers.map((container) => ORDER.indexOf(container.knownStatus)));
  const status = ORDER[least] ?? 'NONE';
  return status === 'PULLED' ? 'NONE' : status;
}
