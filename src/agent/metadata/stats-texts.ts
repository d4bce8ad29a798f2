/** Statistics as the endpoint writes them: a text is made once of each pair of samples, which is asked for many times. */
import { goJson } from '../../domain/metadata/go-json.ts';
import { statsResponse, type StatsScene } from '../../domain/metadata/stats-response.ts';
import type { SamplePair } from './statistics-sampler.ts';

export class StatsTexts {
  readonly #known = new WeakMap<SamplePair, Map<StatsScene['version'], string>>();

  /** `pair` is of that container; it is told by the same object each time. */
  of(pair: SamplePair, scene: Omit<StatsScene, keyof SamplePair>): string {
    const known = this.#known.get(pair) ?? new Map<StatsScene['version'], string>();
    const text = known.get(scene.version) ?? goJson(statsResponse({ ...scene, ...pair }));
    this.#known.set(pair, known.set(scene.version, text));
    return text;
  }
}
