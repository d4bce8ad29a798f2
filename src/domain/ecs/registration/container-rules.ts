/** What every container definition must keep to by itself, whatever it is to run on: its name, image and share. */
import { checkEnum, checkRange, constraintError } from '../constraints.ts';
import type { ContainerDefinition } from '../task-definition.ts';
import { duplicates, refuse } from './refuse.ts';

const CODE = 'ClientException';
const MAX_CONTAINERS = 10;
const NAME = /^[a-zA-Z0-9\-_]{1,255}$/;
/** All before the digest, which does not count for the length. */
const IMAGE_NAME = /^[a-zA-Z0-9\-_:./#]{1,255}$/;
const DIGEST = /^sha256:[a-fA-F0-9]{64}$/;
const MIN_MEMORY_MIB = 6;
const RESOURCES = ['GPU', 'InferenceAccelerator', 'NeuronDevice'];

/** Throws ClientException for the first rule that is broken. */
export function checkContainers(containers: readonly ContainerDefinition[]): void {
  if (containers.length === 0) throw refuse('Container list cannot be empty.');
  if (containers.length > MAX_CONTAINERS) throw refuse('Too many containers.');
  containers.forEach((container, index) => {
    const path = `containerDefinitions.${index + 1}.member`;
    checkText('name', container.name, (name) => NAME.test(name));
    checkText('image', container.image, isImage);
    checkShare(container, path);
    checkEnum(CODE, `${path}.versionConsistency`, container.versionConsistency, ['enabled', 'disabled']);
    checkCredentials(container, path);
  });
  if (duplicates(containers.map(({ name }) => name)).length > 0) {
    throw refuse('Container names must be unique within a task definition.');
  }
  if (containers.every(({ essential }) => essential === false)) {
    throw refuse("Task definition doesn't have any essential container.");
  }
}

function checkText(member: string, value: string | undefined, isValid: (text: string) => boolean): void {
  if (value === undefined || value === '') throw refuse(`Container.${member} should not be null or empty.`);
  if (!isValid(value)) throw refuse(`Container.${member} contains invalid characters.`);
}

function isImage(image: string): boolean {
  const at = image.indexOf('@');
  if (at < 0) return IMAGE_NAME.test(image);
  return IMAGE_NAME.test(image.slice(0, at)) && DIGEST.test(image.slice(at + 1));
}

function checkShare(
  { cpu, memory, memoryReservation, ...container }: ContainerDefinition,
  path: string,
): void {
  const unbounded = Number.MAX_SAFE_INTEGER;
  checkRange(CODE, `${path}.cpu`, cpu, { min: 0, max: unbounded });
  checkRange(CODE, `${path}.memory`, memory, { min: MIN_MEMORY_MIB, max: unbounded });
  checkRange(CODE, `${path}.memoryReservation`, memoryReservation, { min: MIN_MEMORY_MIB, max: unbounded });
  container.resourceRequirements?.forEach(({ type }, index) => {
    checkEnum(CODE, `${path}.resourceRequirements.${index + 1}.member.type`, type, RESOURCES);
  });
}

function checkCredentials(
  { repositoryCredentials, credentialSpecs }: ContainerDefinition,
  path: string,
): void {
  if (repositoryCredentials?.credentialsParameter === '') {
    const at = `${path}.repositoryCredentials.credentialsParameter`;
    throw constraintError(CODE, at, '', 'Member must have length greater than or equal to 1');
  }
  if ((credentialSpecs ?? []).length > 1) {
    const at = `${path}.credentialSpecs`;
    const shown = `list of ${credentialSpecs?.length}`;
    throw constraintError(CODE, at, shown, 'Member must have length less than or equal to 1');
  }
  credentialSpecs?.forEach((spec, index) => {
    if (/^credentialspec(domainless)?:arn:/.test(spec)) return;
    throw constraintError(
      CODE,
      `${path}.credentialSpecs.${index + 1}.member`,
      spec,
      'Member must be an ARN behind credentialspec: or credentialspecdomainless:',
    );
  });
}
