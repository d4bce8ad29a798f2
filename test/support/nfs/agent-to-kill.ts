/** An agent's NFS servers in a process of their own, to be killed: `node agent-to-kill.js <directory of a scene>`. */
import { join } from 'node:path';
import { LocalFileSystemViews } from '../../../src/drivers/file-systems-local/local-file-system-views.ts';
import { GaneshaNfsServers } from '../../../src/drivers/nfs-ganesha/ganesha-nfs-servers.ts';
import { silentLogger } from '../agent/silent-logger.ts';
import { WHOLE } from './nfs-scene.ts';

const directory = process.argv[2] ?? '';
const fileSystems = join(directory, 'file-systems');
const servers = new GaneshaNfsServers({
  directory: join(directory, 'nfs'),
  views: new LocalFileSystemViews({ fileSystems, dir: join(directory, 'views') }),
  logger: silentLogger,
});
process.stderr.write('connecting\n');
await servers.connect({ view: WHOLE, readOnly: false, squashRoot: false });
process.stdout.write('connected\n');
setInterval(() => undefined, 1000);
