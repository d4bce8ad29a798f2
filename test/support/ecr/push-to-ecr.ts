/** An image in a repository of a real Neargate's ECR, pushed as users do. */
import { CreateRepositoryCommand, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { buildSampleImage, pushImage } from '../../../src/cli/sample-image/sample.ts';
import type { Neargate } from '../neargate/instance.ts';

/** Makes the repository and pushes the sample image, with `more` on top; resolves with its name for tasks. */
export async function pushToEcr(
  { ecr, info }: Neargate,
  repository: string,
  more: Parameters<typeof buildSampleImage>[1] = {},
): Promise<string> {
  const made = await ecr.send(new CreateRepositoryCommand({ repositoryName: repository }));
  const { authorizationData = [] } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const login = Buffer.from(authorizationData[0]?.authorizationToken ?? '', 'base64').toString('utf8');
  const [username = '', password = ''] = login.split(':');
  await pushImage(await buildSampleImage('/bin/busybox', more), {
    ...{ registryUrl: info.endpoint, repository, tag: 'latest', auth: { username, password } },
  });
  return `${made.repository?.repositoryUri}:latest`;
}
