/**
 * Behaviour of fake containers from their own environment, so that a task definition can say what its containers do
 * where there is nothing to run them: FAKE_RUN_MS, FAKE_EXIT_CODE, FAKE_STDOUT, FAKE_STDERR, FAKE_CREATE_ERROR,
 * FAKE_START_ERROR, FAKE_IGNORES_SIGNALS, FAKE_HEALTH_EXIT_CODE (of commands that are run in it; 0 when left out).
 */
import type { CreateContainerRequest } from '../../ports/container-runtime.ts';
import type { FakeBehaviour } from './fake-runtime.ts';

/** A script for FakeRuntime. */
export function environmentScript(request: CreateContainerRequest): FakeBehaviour {
  const environment = new Map(
    request.spec.process.env.map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
  const text = (name: string): string | undefined => environment.get(`FAKE_${name}`);
  const number = (name: string): number | undefined => {
    const value = text(name);
    return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
  };
  const healthExitCode = number('HEALTH_EXIT_CODE');
  const behaviour: { -readonly [K in keyof FakeBehaviour]: FakeBehaviour[K] | undefined } = {
    createError: text('CREATE_ERROR'),
    startError: text('START_ERROR'),
    stdout: text('STDOUT'),
    stderr: text('STDERR'),
    runForMs: number('RUN_MS'),
    exitCode: number('EXIT_CODE'),
    ignoresSignals: text('IGNORES_SIGNALS') === '1' ? true : undefined,
    exec: healthExitCode === undefined ? undefined : () => ({ exitCode: healthExitCode }),
  };
  return Object.fromEntries(Object.entries(behaviour).filter(([, value]) => value !== undefined));
}
