import { storeSuite } from '../../ports/testing/store-suite.ts';
import { MemoryStore } from './memory-store.ts';

storeSuite('MemoryStore', async (clock) => new MemoryStore({ clock }));
