/** For log services of tests: uploads that were encoded, over plain PutLogEvents. */
import { encodedEvents as encodeEvents } from '../../../src/agent/logs/encoded-events.ts';
import type { LogEvent, LogsClient } from '../../../src/agent/logs/logs-client.ts';

type Plain = Pick<LogsClient, 'putLogEvents'>;

export function encodedEvents(client: () => Plain): Pick<LogsClient, 'encodeEvents' | 'putEncoded'> {
  return {
    encodeEvents,
    async putEncoded({ group, stream }, encoded, _count, signal) {
      const { logEvents } = JSON.parse(encoded.toString()) as { logEvents: LogEvent[] };
      await client().putLogEvents(group, stream, logEvents, signal);
      return { token: undefined, rejected: 0 };
    },
  };
}
