/**
 * On a machine with Docker, its rules drop all that is forwarded and not Docker's own: tasks would not get out.
 * Accepting a packet in our table does not help, as every table has its say. Docker keeps the chain DOCKER-USER for
 * the rules of others; ours go there, marked with our table's name. Nothing is done where the chain is not.
 *
 * What tasks send to Docker's own networks is left to Docker's rules.
 */
import { hasKind } from '../../domain/errors.ts';
import { runTool } from './run-tool.ts';

const CHAIN = 'DOCKER-USER';
const DOCKER_BRIDGES = ['docker0', 'br-+'];
const SECONDS_FOR_LOCK = '5';

export interface DockerRules {
  /** Marks our rules. */
  readonly mark: string;
  readonly uplinkPrefix: string;
}

/** Makes sure that the rules are there, where Docker is. May be repeated. */
export async function admitInDocker(rules: DockerRules): Promise<void> {
  const wanted = wantedRules(rules);
  const present = await presentRules(rules.mark);
  if (present === undefined || present.length === wanted.length) return;
  // Each goes to the top, so the last one first.
  await restore([...deletions(present), ...wanted.toReversed().map((rule) => `-I ${CHAIN} 1 ${rule}`)]);
}

/** Takes the rules away. May be repeated. */
export async function withdrawFromDocker({ mark }: DockerRules): Promise<void> {
  const present = (await presentRules(mark)) ?? [];
  if (present.length > 0) await restore(deletions(present));
}

/** In the order in which they are to stand. */
function wantedRules({ mark, uplinkPrefix }: DockerRules): string[] {
  const comment = `-m comment --comment ${mark}`;
  return [
    ...DOCKER_BRIDGES.map((bridge) => `-i ${uplinkPrefix}+ -o ${bridge} ${comment} -j RETURN`),
    `-i ${uplinkPrefix}+ ${comment} -j ACCEPT`,
    // Our own table says what of it gets in.
    `-o ${uplinkPrefix}+ ${comment} -j ACCEPT`,
  ];
}

/** Our rules as iptables prints them; undefined without Docker's chain. */
async function presentRules(mark: string): Promise<string[] | undefined> {
  try {
    const output = await runTool(['iptables', '-w', SECONDS_FOR_LOCK, '-S', CHAIN]);
    return output.split('\n').filter((line) => line.split(/[\s"]+/).includes(mark));
  } catch (error) {
    if (hasKind(error, 'unavailable') || hasKind(error, 'unimplemented')) return undefined;
    throw error;
  }
}

function deletions(rules: readonly string[]): string[] {
  return rules.map((rule) => rule.replace(/^-A /, '-D '));
}

async function restore(lines: readonly string[]): Promise<void> {
  const input = ['*filter', ...lines, 'COMMIT', ''].join('\n');
  await runTool(['iptables-restore', '-w', SECONDS_FOR_LOCK, '--noflush'], input);
}
