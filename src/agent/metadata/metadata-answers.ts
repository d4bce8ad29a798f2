/** Answers of the metadata endpoint to one task: everything that is asked for is its own. */
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import { containerResponseV2, containerResponseV4 } from '../../domain/metadata/container-response.ts';
import { unknownAssociation, unknownId, type MetadataError } from '../../domain/metadata/error-words.ts';
import { goJson } from '../../domain/metadata/go-json.ts';
import { type MetadataRoute, metadataRoute } from '../../domain/metadata/routes.ts';
import { taskResponseV2, taskResponseV4 } from '../../domain/metadata/task-response.ts';
import type { AskedTags, MetadataSurroundings, MetadataTask } from '../../domain/metadata/task-view.ts';
import type { SamplePair } from './statistics-sampler.ts';
import type { StatsTexts } from './stats-texts.ts';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly location?: string;
}

export interface AnswerSources {
  /** As it is now. */
  readonly task: () => MetadataTask;
  readonly surroundings: () => Promise<MetadataSurroundings>;
  /** As ECS has them now. */
  readonly tags: () => Promise<AskedTags>;
  /** The newest samples of a container; undefined: there are none yet. */
  readonly samples: (dockerId: string) => SamplePair | undefined;
  readonly statsTexts: StatsTexts;
}

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';
/** To a method that the path is not for. */
export const OTHER_METHOD: Answer = { status: 405, contentType: TEXT_TYPE, body: '' };
/** To a request that is one too many. */
export const TOO_MANY: Answer = {
  ...{ status: 429, contentType: TEXT_TYPE, body: 'You have reached maximum request limit.' },
};
const NOT_FOUND: Answer = { status: 404, contentType: TEXT_TYPE, body: '404 page not found\n' };

/** `path` is decoded and without its query. */
export async function metadataAnswer(path: string, sources: AnswerSources): Promise<Answer> {
  const route = metadataRoute(path);
  const task = sources.task();
  const { versions } = platformVersion(task.assignment.platformVersion).metadata;
  if (route === undefined || !versions.includes(route.version)) return NOT_FOUND;
  const { id } = route;
  const container = task.containers.find(({ dockerId }) => dockerId === id);
  if (id !== undefined && container === undefined) return failed(unknownId(route, id));
  if (container === undefined || isOfTask(route)) return await ofTask(route, task, sources);
  return route.kind === 'container-stats'
    ? okText(containerStats(container, task, route.version, sources))
    : ok(containerResponse(container, task, route.version));
}

function isOfTask({ kind }: MetadataRoute): boolean {
  return kind !== 'container' && kind !== 'container-stats';
}

async function ofTask(route: MetadataRoute, task: MetadataTask, sources: AnswerSources): Promise<Answer> {
  const { version } = route;
  if (route.kind === 'association') return failed(unknownAssociation(route.version, route.type, route.name));
  if (route.kind === 'associations') return ok({ Associations: null });
  if (route.kind === 'task-stats') return okText(taskStats(task, version, sources));
  const tags = route.kind === 'task' && route.tags ? await sources.tags() : undefined;
  if (version !== 'v4') return ok(taskResponseV2(task, tags));
  return ok(taskResponseV4(task, await sources.surroundings(), tags));
}

function containerResponse(
  container: MetadataTask['containers'][number],
  task: MetadataTask,
  version: Version,
): object {
  const platform = platformVersion(task.assignment.platformVersion).metadata;
  const build = version === 'v4' ? containerResponseV4 : containerResponseV2;
  return build({ task, container, platform });
}

type Version = MetadataRoute['version'];

function taskStats(task: MetadataTask, version: Version, sources: AnswerSources): string {
  const members = task.containers.map(
    (container) => `"${container.dockerId}":${containerStats(container, task, version, sources)}`,
  );
  return `{${members.join(',')}}`;
}

/** Of a container without a sample: `null`, or `{}` in v4. */
function containerStats(
  { name, dockerId }: MetadataTask['containers'][number],
  { assignment }: MetadataTask,
  version: Version,
  { samples, statsTexts }: AnswerSources,
): string {
  const pair = samples(dockerId);
  if (pair === undefined) return version === 'v4' ? '{}' : 'null';
  const { networkStatistics } = platformVersion(assignment.platformVersion).metadata;
  return statsTexts.of(pair, { name, dockerId, version, networkStatistics });
}

function ok(value: unknown): Answer {
  return okText(goJson(value));
}

function okText(body: string): Answer {
  return { status: 200, contentType: JSON_TYPE, body };
}

function failed({ status, message }: MetadataError): Answer {
  return { status, contentType: JSON_TYPE, body: goJson(message) };
}
