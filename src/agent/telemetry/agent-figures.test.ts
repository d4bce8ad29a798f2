import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { MemoryMeters } from '../../drivers/meters-memory/memory-meters.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import type { AgentFigures } from '../../wire/link-messages.ts';
import { agentObservers, tellFigures } from './agent-figures.ts';

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
    const { onStep, output } = agentObservers(meters);
    onStep('attach-eni', 'done', 20);
    onStep('pull-image', 'failed', 7_000);
    output.delivered({ events: 2, bytes: 30 });
    output.lost('buffer-full', { events: 1, bytes: 9 });
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
      .flatMap(({ name, point }) =>
        'value' in point
          ? [[[name.replace('neargate_', ''), ...Object.values(point.labels)].join(' '), point.value]]
          : [],
      );
    assert.deepEqual(Object.fromEntries(values), {
      log_delivered_events_total: 2,
      log_delivered_bytes_total: 30,
      'log_lost_events_total buffer-full': 1,
      'log_lost_events_total rejected': 0,
      'log_lost_events_total undelivered': 0,
      'log_lost_bytes_total buffer-full': 9,
      'log_lost_bytes_total rejected': 0,
      'log_lost_bytes_total undelivered': 0,
      machine_disk_size_bytes: 100,
      machine_disk_free_bytes: 40,
      machine_disk_used_bytes: 25,
      machine_image_disk_size_bytes: 90,
      machine_image_disk_free_bytes: 30,
      machine_images: 1,
      'link_backlog_messages from_machine': 3,
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
