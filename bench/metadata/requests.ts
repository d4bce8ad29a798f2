/** Requests at a steady pace from within the network namespaces of tasks. */
import { Agent, request } from 'node:http';
import { Names } from '../../src/drivers/network-linux/names.ts';
import { Namespaces } from '../../src/linux/namespace.ts';
import { connectTcp } from '../../src/linux/sockets.ts';
import { METADATA_ADDRESS } from '../../src/domain/metadata/routes.ts';

export interface Asked {
  readonly taskId: string;
  /** By which a container knows itself in paths. */
  readonly containerId: string;
}

export interface Pace {
  /** Of all together, a second. */
  readonly requests: number;
  readonly seconds: number;
}

/**
 * Asks each for `/v4/<id>/task/stats`, each over a connection of its own, all at even distances. Milliseconds from the
 * moment when a request was due, so that one that had to wait for another counts whole. Rejects when an answer is not 200.
 */
export async function askSteadily(
  dataDir: string,
  asked: readonly Asked[],
  { requests, seconds }: Pace,
): Promise<number[]> {
  const names = new Names(dataDir);
  const namespaces = new Namespaces();
  const agents = await Promise.all(
    asked.map(async ({ taskId }) => {
      const within = <T>(action: () => T): T => namespaces.insideNamed(names.taskNamespace(taskId), action);
      const socket = await connectTcp(within, METADATA_ADDRESS, 80, AbortSignal.timeout(5_000));
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      agent.createConnection = () => socket;
      return agent;
    }),
  );
  try {
    const begin = performance.now() + 100;
    const times = await Promise.all(
      Array.from({ length: requests * seconds }, async (_, index) => {
        const due = begin + (index * 1000) / requests;
        const one = index % asked.length;
        await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
        await get(`/v4/${asked[one]?.containerId}/task/stats`, agents[one] as Agent);
        // A timer may fire a little early.
        return Math.max(performance.now() - due, 0);
      }),
    );
    return times;
  } finally {
    for (const agent of agents) agent.destroy();
    namespaces.close();
  }
}

function get(path: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asking = request({ agent, host: METADATA_ADDRESS, path }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${path} is answered with ${response.statusCode}`));
      });
    });
    asking.once('error', reject);
    asking.end();
  });
}
