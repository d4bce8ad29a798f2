/** A definition for Fargate that has every member that Fargate takes. */
import type { ContainerDefinition, RegisterTaskDefinitionRequest } from '@aws-sdk/client-ecs';

const APP: ContainerDefinition = {
  name: 'app',
  image: 'app',
  cpu: 128,
  memory: 256,
  memoryReservation: 128,
  repositoryCredentials: { credentialsParameter: 'hub' },
  portMappings: [
    { containerPort: 80, hostPort: 80, protocol: 'tcp', name: 'web', appProtocol: 'http2' },
    { containerPortRange: '90-99', protocol: 'udp' },
  ],
  essential: true,
  entryPoint: ['sh', '-c'],
  command: ['true'],
  environment: [{ name: 'A', value: '1' }],
  environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::bucket/app.env' }],
  secrets: [{ name: 'S', valueFrom: 'arn:aws:ssm:eu-west-1:000000000000:parameter/s' }],
  mountPoints: [{ sourceVolume: 'v', containerPath: '/v', readOnly: true }],
  volumesFrom: [{ sourceContainer: 'router', readOnly: true }],
  linuxParameters: { capabilities: { add: ['SYS_PTRACE'], drop: ['ALL'] }, initProcessEnabled: true },
  dependsOn: [{ containerName: 'router', condition: 'START' }],
  startTimeout: 60,
  stopTimeout: 120,
  restartPolicy: { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 60 },
  versionConsistency: 'disabled',
  user: '1000:1000',
  workingDirectory: '/work',
  readonlyRootFilesystem: true,
  interactive: true,
  pseudoTerminal: true,
  dockerLabels: { a: 'b' },
  ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: 4096 }],
  healthCheck: { command: ['CMD', 'true'], interval: 5, timeout: 2, retries: 1, startPeriod: 1 },
  systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }],
  logConfiguration: {
    logDriver: 'awsfirelens',
    options: { Name: 'null' },
    secretOptions: [{ name: 'key', valueFrom: 'key' }],
  },
};

const ROUTER: ContainerDefinition = {
  name: 'router',
  image: 'fluent-bit',
  firelensConfiguration: { type: 'fluentbit', options: { 'enable-ecs-log-metadata': 'false' } },
};

const PROXY_PROPERTIES = {
  ...{ ProxyIngressPort: '15000', ProxyEgressPort: '15001', AppPorts: '80' },
  ...{ EgressIgnoredIPs: '169.254.170.2', IgnoredUID: '1337' },
};

/** Family `web`, with an application that logs through a router. */
export function wholeDefinition(): RegisterTaskDefinitionRequest {
  return {
    family: 'web',
    taskRoleArn: 'arn:aws:iam::000000000000:role/t',
    executionRoleArn: 'arn:aws:iam::000000000000:role/e',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    pidMode: 'task',
    runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
    ephemeralStorage: { sizeInGiB: 30 },
    volumes: [
      {
        name: 'v',
        efsVolumeConfiguration: {
          fileSystemId: 'fs-0123456789abcdef0',
          rootDirectory: '/',
          transitEncryption: 'ENABLED',
          transitEncryptionPort: 2999,
          authorizationConfig: { accessPointId: 'fsap-0123456789abcdef0', iam: 'ENABLED' },
        },
      },
      { name: 'scratch', host: {} },
    ],
    proxyConfiguration: {
      type: 'APPMESH',
      containerName: 'router',
      properties: Object.entries(PROXY_PROPERTIES).map(([name, value]) => ({ name, value })),
    },
    enableFaultInjection: true,
    containerDefinitions: [APP, ROUTER],
  };
}
