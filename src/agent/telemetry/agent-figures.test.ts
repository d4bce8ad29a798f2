import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { MemoryMeters } from '../../drivers/meters-memory/memory-meters.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import type { AgentFigures } from '../../wire/link-messages.ts';
import { stepMeter, tellFigures } from './agent-figures.ts';

describe('The figures that an agent tells', () => {
  it('hold its disks, its images, its backlog and the steps of tasks, every ten seconds', async () => {
    const clock = new ManualClock(0);
    const meters = new MemoryMeters('agent');
    const ending = new AbortController();
    const told: AgentFigures[] = [];
    let wake: () => void = () => undefined;
    const running = tellFigures(
      {
        ...{ meters, clock, logger: silentLogger, version: '1' },
        disks: { space: async () => ({ totalBytes: 100, freeBytes: 40, takenBytes: 25 }) },
        imageStore: {
          space: async () => ({ totalBytes: 90, freeBytes: 30 }),
          list: async () => [{ name: 'x', touchedAt: 0 }],
        },
        backlog: () => 3,
        tell: (figures) => {
          told.push(figures);
          wake();
        },
      },
      ending.signal,
    );
    const step = stepMeter(meters);
    step('attach-eni', 'done', 20);
    step('pull-image', 'failed', 7_000);
    for (const at of [10_000, 20_000]) {
      const next = new Promise<void>((resolve) => {
        wake = resolve;
      });
      clock.advance(10_000);
      await next;
      assert.equal(told.at(-1)?.at, at);
      await new Promise((resolve) => setImmediate(resolve));
    }
    ending.abort();
    await running;
    const values = (told.at(-1)?.families ?? [])
      .flatMap(({ name, points }) => points.map((point) => ({ name, point })))
      .flatMap(({ name, point }) => ('value' in point ? [[name.replace('neargate_', ''), point.value]] : []));
    assert.deepEqual(Object.fromEntries(values), {
      machine_disk_size_bytes: 100,
      machine_disk_free_bytes: 40,
      machine_disk_used_bytes: 25,
      machine_image_disk_size_bytes: 90,
      machine_image_disk_free_bytes: 30,
      machine_images: 1,
      link_backlog_messages: 3,
    });
    const steps = told.at(-1)?.families.find(({ name }) => name === 'neargate_task_step_duration_seconds');
    assert.deepEqual(
      steps?.points.map(({ labels }) => labels),
      [
        { step: 'attach-eni', outcome: 'done' },
        { step: 'pull-image', outcome: 'failed' },
      ],
    );
  });
});
