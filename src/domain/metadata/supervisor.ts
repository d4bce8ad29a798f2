/**
 * The container by which Fargate keeps the file systems of a task mounted. AWS's documentation says its name and that
 * version 4 lists it; here its work is the agent's, so it has no image, no process and no statistics.
 */
import type { TaskAssignment } from '../task/assignment.ts';
import { containerLabels } from '../task/container-labels.ts';
import { goMap } from './go-json.ts';
import type { MetadataTask } from './task-view.ts';

const NAME = 'aws-fargate-supervisor';
/** No other container of a task has it: theirs are random, that of its pause container is 0. */
const NUMBER = '0000000001';

/** Undefined for a task without volumes of EFS. */
export function supervisorResponse({
  assignment,
  desiredStatus,
  knownStatus,
}: MetadataTask): object | undefined {
  if (!usesFileSystems(assignment)) return undefined;
  return {
    DockerId: `${assignment.taskId}-${NUMBER}`,
    Name: NAME,
    DockerName: NAME,
    Image: '',
    ImageID: '',
    Labels: goMap(containerLabels(assignment, { name: NAME })),
    DesiredStatus: desiredStatus,
    KnownStatus: knownStatus === 'STOPPED' ? 'STOPPED' : 'RUNNING',
    Limits: { CPU: 0 },
    Type: 'NORMAL',
  };
}

function usesFileSystems({ volumes }: TaskAssignment): boolean {
  return volumes.some(({ efsVolumeConfiguration }) => efsVolumeConfiguration !== undefined);
}
