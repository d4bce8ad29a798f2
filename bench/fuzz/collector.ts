/** Loaded into the processes that are measured (`--import`): collects all garbage at SIGUSR2, so that what is held is seen. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
process.on('SIGUSR2', () => collect());
