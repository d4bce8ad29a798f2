import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { hasErrno } from '../../linux/errno.ts';
import { connectTcp } from '../../linux/sockets.ts';
import { writeSysctl } from '../../linux/sysctl.ts';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import { Bench, NET, OUTSIDE, ip, publicAddress } from './testing/network-bench.ts';
import { IN_VAIN_MS, PORT, onHost } from './testing/talk.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';

/** Two VPCs, and a task a in the first one that reaches the world. */
async function withPublicTask(bench: Bench) {
  const [vpc, other] = [await bench.openVpc(1, { routedFromHost: true }), await bench.openVpc(2)];
  await bench.network.attach('a', { ...eniOf(vpc, 1), publicIpv4Address: publicAddress(1) });
  return { vpc, other };
}

/** Neargates of somebody else on the machine. */
function othersRun(): boolean {
  return execFileSync('nft', ['list', 'tables', 'inet'], { encoding: 'utf8' }).includes('neargate_');
}

describe('the machine', { skip, timeout: patient(60_000) }, () => {
  it('reaches a task by its private address where the VPC is routed', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1, { routedFromHost: true });
    await bench.network.attach('a', eniOf(vpc, 1));
    await bench.listenIn('a');
    const socket = await connectTcp(
      (action) => action(),
      `${NET}.16.4`,
      PORT,
      AbortSignal.timeout(patient(10_000)),
    );
    assert.equal(await text(socket), `seen as ${bench.uplinkOf(vpc)}`);
    await bench.openVpc(1, { routedFromHost: false });
    assert.equal(ip('route', 'show', vpc.cidr), '');
  });

  it('is not reached by tasks on any address of its own', async (test) => {
    const bench = Bench.for(test);
    const outside = bench.makeOutside();
    const { vpc, other } = await withPublicTask(bench);
    ip('addr', 'add', `${OUTSIDE}.77/32`, 'dev', 'lo');
    bench.later(() => ip('addr', 'del', `${OUTSIDE}.77/32`, 'dev', 'lo'));
    for (const address of [
      `${OUTSIDE}.77`,
      outside.hostAddress,
      bench.uplinkOf(vpc),
      bench.uplinkOf(other),
    ]) {
      await bench.listen(onHost, address);
      await bench.askInVain('a', address);
    }
  });

  it('has uplinks whose ends in VPCs are not reached either', async (test) => {
    const bench = Bench.for(test);
    const { vpc, other } = await withPublicTask(bench);
    for (const each of [vpc, other]) {
      await bench.network.serveInVpc(
        each.vpcId,
        '0.0.0.0',
        PORT,
        (socket) => void socket.end('reached'),
        bench.signal,
      );
      await bench.askInVain('a', bench.vpcEndOf(each));
      await assert.rejects(connectTcp(onHost, bench.vpcEndOf(each), PORT, AbortSignal.timeout(IN_VAIN_MS)));
    }
  });

  it('is not reached on its loopback, even by a task that takes it for an address elsewhere', async (test) => {
    const bench = Bench.for(test);
    await withPublicTask(bench);
    const port = 20_000 + randomInt(10_000);
    await bench.listen(onHost, '127.0.0.1', port);
    const reach = () => connectTcp(bench.inTask('a'), '127.0.0.1', port, AbortSignal.timeout(IN_VAIN_MS));
    // There its own loopback is meant.
    await assert.rejects(reach(), (error) => hasErrno(error, 'ECONNREFUSED'));
    const change = (...parameters: string[]) => ip('-n', bench.names.taskNamespace('a'), ...parameters);
    bench.inTask('a')(() => writeSysctl(['net', 'ipv4', 'conf', 'eth1', 'route_localnet'], 1));
    for (const range of ['127.0.0.0/8', '127.0.0.1/32'])
      change('route', 'del', 'local', range, 'table', 'local');
    change('route', 'add', '127.0.0.1/32', 'via', `${NET}.16.1`, 'dev', 'eth1', 'src', `${NET}.16.4`);
    await assert.rejects(reach(), { name: 'TimeoutError' });
  });

  it('lets no task reach what another has on link-local addresses of its own', async (test) => {
    const bench = Bench.for(test);
    const { vpc } = await withPublicTask(bench);
    await bench.network.attach('b', eniOf(vpc, 2));
    const metadata = '169.254.170.2';
    for (const device of ['lo', 'eth1']) {
      ip('-n', bench.names.taskNamespace('b'), 'addr', 'add', `${metadata}/32`, 'dev', device);
      await bench.listen(bench.inTask('b'), metadata, device === 'lo' ? 80 : 81);
    }
    for (const port of [80, 81]) {
      await bench.askInVain('a', metadata, port);
      // Nor by a packet that names the other task as its next hop.
      ip(
        '-n',
        bench.names.taskNamespace('a'),
        'route',
        'replace',
        metadata,
        'via',
        `${NET}.16.5`,
        'dev',
        'eth1',
      );
      await bench.askInVain('a', metadata, port);
    }
  });

  it('says which of its routes a VPC would clash with', async (test) => {
    const bench = Bench.for(test);
    ip('route', 'add', 'blackhole', `${NET}.128.0/20`);
    bench.later(() => ip('route', 'del', 'blackhole', `${NET}.128.0/20`));
    await assert.rejects(bench.openVpc(1, { routedFromHost: true }), (error) => {
      return hasKind(error, 'invalid') && error.message.includes(`${NET}.128.0/20`);
    });
    assert.deepEqual(await bench.network.listVpcs(), []);
    // Not routed from the host, the range is the VPC's own affair.
    await bench.openVpc(1);
  });

  it('leaves a public address to those who lead it elsewhere, and says to whom', async (test) => {
    const bench = Bench.for(test);
    const address = publicAddress(1);
    ip('route', 'add', address, 'dev', 'lo');
    bench.later(() => ip('route', 'del', address, 'dev', 'lo'));
    const eni = { ...eniOf(await bench.openVpc(1), 1), publicIpv4Address: address };
    await assert.rejects(bench.network.attach('a', eni), (error) => {
      return hasKind(error, 'invalid') && error.message.includes(`${address}/32 is in use`);
    });
    assert.match(ip('route', 'get', address), /dev lo/);
    await bench.network.detach('a');
  });

  it('forwards for tasks only, and no more when the last VPC has gone', async (test) => {
    const everywhere = readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8');
    const bench = Bench.for(test);
    const outside = bench.makeOutside();
    await bench.openVpc(1);
    assert.equal(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'), everywhere);
    const link = (JSON.parse(ip('-j', 'route', 'get', outside.address)) as { dev: string }[])[0]?.dev ?? '';
    const forwards = (): string => readFileSync(`/proc/sys/net/ipv4/conf/${link}/forwarding`, 'utf8');
    const second = Bench.for(test);
    await second.openVpc(2);
    await bench.network.removeVpc(bench.vpc(1).vpcId);
    assert.equal(forwards(), '1\n', 'another Neargate needs it');
    await second.network.removeVpc(second.vpc(2).vpcId);
    if (!othersRun()) assert.equal(forwards(), everywhere);
    assert.deepEqual([...bench.leftovers(), ...second.leftovers()], []);
  });
});
