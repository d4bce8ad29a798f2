/** A program for tests: starts a containerd in the directory given, says so, and waits to be killed. */
import { ManagedContainerd } from '../../../src/drivers/containerd/managed-containerd.ts';
import { SILENT } from './private-containerd.ts';

const managed = new ManagedContainerd({ directory: process.argv[2] as string, log: SILENT });
const { pid } = await managed.start();
process.stdout.write(`${pid}\n`);
setInterval(() => undefined, 60_000);
