/** For log services of tests: uploads that were encoded, over plain PutLogEvents. */
import type { LogEvent, LogsClient } from '../../../src/agent/logs/logs-client.ts';

type Plain = Pick<LogsClient, 'putLogEvents'>;

export function encodedEvents(client: () => Plain): Pick<LogsClient, 'encodeEvents' | 'putEncoded'> {
  return {
    encodeEvents: (events) => Buffer.from(JSON.stringify(events)),
    async putEncoded({ group, stream }, encoded, _count, signal) {
      const events = JSON.parse(encoded.toString()) as LogEvent[];
      await client().putLogEvents(group, stream, events, signal);
      return { token: undefined, rejected: 0 };
    },
  };
}
