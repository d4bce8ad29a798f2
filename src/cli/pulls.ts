/** Image pulls that are under way, as Neargate itself tells them: ECS has no word for them. */
import { ListImagePulls$, type ListImagePullsResponse, type PullView } from '../wire/neargate-operations.ts';
import type { Api } from './api-client.ts';

export type { PullView } from '../wire/neargate-operations.ts';

export async function listPulls(api: Api, signal?: AbortSignal): Promise<PullView[]> {
  const { pulls = [] } = await api.neargate.call<object, ListImagePullsResponse>(ListImagePulls$, {}, signal);
  return pulls;
}

/** The pull that a container of a task waits for. */
export function pullOf(
  pulls: readonly PullView[],
  taskArn: string | undefined,
  image: string | undefined,
): PullView | undefined {
  return pulls.find((pull) => pull.taskArn === taskArn && pull.image === image);
}

/** `pulling 12.3 of 85.6 MB, 2 of 7 layers`. */
export function pullWords(pull: PullView): string {
  const { layersTotal = 0, layersDone = 0, layersUnpacked = 0, bytesDone = 0, bytesTotal = 0 } = pull;
  if (layersTotal === 0) return 'pulling';
  if (pull.phase === 'unpacking') return `unpacking ${layersUnpacked} of ${layersTotal} layers`;
  const bytes = `${megabytes(bytesDone)} of ${megabytes(bytesTotal)} MB`;
  return `pulling ${bytes}, ${layersDone} of ${layersTotal} layers`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
