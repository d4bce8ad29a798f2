/** The attributes that a definition asks of its host, under the names that the container agent registers. */
import type { ContainerDefinition, TaskDefinitionInput } from '../task-definition.ts';

const AGENT = 'com.amazonaws.ecs.capability.';
const ECS = 'ecs.capability.';
const ECR_IMAGE = /^\d{12}\.dkr[.-]ecr/;

interface Rule {
  readonly names: readonly string[];
  readonly holds: (input: TaskDefinitionInput, any: AnyContainer) => boolean;
}
type AnyContainer = (test: (container: ContainerDefinition) => boolean) => boolean;

const hasRole = ({ executionRoleArn }: TaskDefinitionInput): boolean => executionRoleArn !== undefined;
const usesDriver = (driver: string) => (container: ContainerDefinition) =>
  container.logConfiguration?.logDriver === driver;
const hasSome = (list: readonly unknown[] | undefined): boolean => (list ?? []).length > 0;
const hasSecretFrom = (pattern: RegExp, wanted: boolean) => (container: ContainerDefinition) =>
  (container.secrets ?? []).some(({ valueFrom }) => pattern.test(valueFrom ?? '') === wanted);

const SECRETS_MANAGER = /^arn:aws[a-z-]*:secretsmanager:/;

const RULES: readonly Rule[] = [
  ...['awslogs', 'splunk', 'awsfirelens', 'fluentd', 'gelf', 'journald', 'json-file', 'syslog'].map(
    (driver): Rule => ({
      names: [`${AGENT}logging-driver.${driver}`],
      holds: (_, any) => any(usesDriver(driver)),
    }),
  ),
  {
    names: [`${ECS}execution-role-awslogs`],
    holds: (input, any) => hasRole(input) && any(usesDriver('awslogs')),
  },
  { names: [`${ECS}efsAuth`, `${ECS}efs`, `${AGENT}docker-remote-api.1.25`], holds: hasEfs },
  { names: [`${AGENT}ecr-auth`], holds: (_, any) => any(({ image }) => ECR_IMAGE.test(image ?? '')) },
  { names: [`${AGENT}docker-remote-api.1.19`], holds: (_, any) => any(usesDriver('awslogs')) },
  {
    names: [`${ECS}secrets.asm.environment-variables`],
    holds: (_, any) => any(hasSecretFrom(SECRETS_MANAGER, true)),
  },
  {
    names: [`${ECS}secrets.ssm.environment-variables`],
    holds: (_, any) => any(hasSecretFrom(SECRETS_MANAGER, false)),
  },
  {
    names: [`${ECS}private-registry-authentication.secretsmanager`],
    holds: (_, any) => any(({ repositoryCredentials }) => repositoryCredentials !== undefined),
  },
  {
    names: [`${AGENT}docker-remote-api.1.21`],
    holds: (_, any) => any(({ memoryReservation }) => memoryReservation !== undefined),
  },
  {
    names: [`${AGENT}privileged-container`],
    holds: (_, any) => any(({ privileged }) => privileged === true),
  },
  { names: [`${AGENT}task-iam-role`], holds: ({ taskRoleArn }) => taskRoleArn !== undefined },
  {
    names: [`${AGENT}docker-remote-api.1.25`],
    holds: (_, any) => any(({ linuxParameters }) => linuxParameters?.initProcessEnabled === true),
  },
  {
    names: [`${ECS}container-health-check`, `${AGENT}docker-remote-api.1.29`],
    holds: (_, any) => any(({ healthCheck }) => healthCheck !== undefined),
  },
  {
    names: [`${ECS}execution-role-ecr-pull`],
    holds: (input, any) => hasRole(input) && any(({ image }) => ECR_IMAGE.test(image ?? '')),
  },
  { names: [`${ECS}env-files.s3`], holds: (_, any) => any((c) => hasSome(c.environmentFiles)) },
  {
    names: [`${ECS}container-ordering`],
    holds: (_, any) =>
      any((c) => hasSome(c.dependsOn) || c.startTimeout !== undefined || c.stopTimeout !== undefined),
  },
  { names: [`${ECS}firelens.fluentbit`], holds: usesRouter('fluentbit') },
  { names: [`${ECS}firelens.fluentd`], holds: usesRouter('fluentd') },
  {
    names: [`${ECS}pid-ipc-namespace-sharing`],
    holds: ({ pidMode, ipcMode }) => pidMode !== undefined || ipcMode !== undefined,
  },
  { names: [`${ECS}aws-appmesh`], holds: ({ proxyConfiguration }) => proxyConfiguration !== undefined },
  {
    names: [`${ECS}container-restart-policy`],
    holds: (_, any) => any(({ restartPolicy }) => restartPolicy?.enabled === true),
  },
  { names: [`${ECS}fault-injection`], holds: ({ enableFaultInjection }) => enableFaultInjection === true },
  { names: [`${AGENT}docker-remote-api.1.18`], holds: () => true },
  { names: [`${ECS}task-eni`], holds: ({ networkMode }) => networkMode === 'awsvpc' },
];

function hasEfs({ volumes }: TaskDefinitionInput): boolean {
  return (volumes ?? []).some(({ efsVolumeConfiguration }) => efsVolumeConfiguration !== undefined);
}

function usesRouter(type: string): Rule['holds'] {
  return (_, any) => any(({ firelensConfiguration }) => firelensConfiguration?.type === type);
}

/** In AWS's order as far as captures show it, each once. */
export function requiredAttributes(input: TaskDefinitionInput): { name: string }[] {
  const any: AnyContainer = (test) => (input.containerDefinitions ?? []).some(test);
  const names = RULES.filter(({ holds }) => holds(input, any)).flatMap((rule) => rule.names);
  return [...new Set(names)].map((name) => ({ name }));
}
