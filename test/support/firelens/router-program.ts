/**
 * A log router for tests, in place of Fluent Bit and Fluentd, which Debian has not: it does what FireLens's configuration
 * file tells it, on the forward protocol's server that Fluentd's authors wrote. What its outputs get it prints, a line of
 * JSON each; first of all what it was told. Runs in a container, bundled into one file.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { type EventTime, FluentServer } from '@fluent-org/logger';
import { fluentBitSettings, fluentdSettings, type RouterSettings } from './router-config.ts';

const FLUENT_BIT = '/fluent-bit/etc/fluent-bit.conf';
const FLUENTD = '/fluentd/etc/fluent.conf';

function settingsOf(environment: NodeJS.ProcessEnv): RouterSettings {
  return existsSync(FLUENT_BIT)
    ? fluentBitSettings(readFileSync(FLUENT_BIT, 'utf8'), environment)
    : fluentdSettings(readFileSync(FLUENTD, 'utf8'), environment);
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function route(
  settings: RouterSettings,
  tag: string,
  time: EventTime,
  record: Record<string, unknown>,
): void {
  const log = typeof record['log'] === 'string' ? record['log'] : '';
  const own = settings.filters.filter(({ match }) => match.test(tag));
  if (own.some(({ pattern, keeps }) => pattern.test(log) !== keeps)) return;
  const output = settings.outputs.find(({ match }) => match.test(tag));
  const at = time.epoch * 1_000 + time.nano / 1e6;
  if (output !== undefined)
    print({ plugin: output.plugin, tag, at, record: { ...record, ...settings.members } });
}

const settings = settingsOf(process.env);
// Of a run before, as Fluent Bit and Fluentd do it.
rmSync(settings.socketPath, { force: true });
const places = [{ path: settings.socketPath }, { host: '127.0.0.1', port: settings.port }];
for (const listenOptions of places) {
  const server = new FluentServer({ listenOptions });
  server.on('entry', (tag: string, time: EventTime, record: Record<string, unknown>) =>
    route(settings, tag, time, record),
  );
  await server.listen();
}
if (settings.healthPort !== undefined) {
  createServer((socket) => socket.end()).listen(settings.healthPort, '127.0.0.1');
}
process.on('SIGTERM', () => process.exit(0));
print({ ready: process.env['FLUENT_UID'] ?? 'root', outputs: settings.outputs, includes: settings.includes });
