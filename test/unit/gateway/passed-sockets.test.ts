import { expect, it } from 'vitest';
import { passedSockets } from '../../../src/gateway/passed-sockets.ts';

const pid = 7;
const of = (names: string, count = names.split(':').length) =>
  passedSockets({ LISTEN_PID: '7', LISTEN_FDS: String(count), LISTEN_FDNAMES: names }, pid);

it('the sockets that systemd passes are told apart by their names, in any order', () => {
  expect(of('https:http')).toEqual({ https: { fd: 3 }, plain: { fd: 4 } });
  expect(of('http:https')).toEqual({ https: { fd: 4 }, plain: { fd: 3 } });
  expect(of('https')).toEqual({ https: { fd: 3 }, plain: undefined });
});

it('one without a name is that of HTTPS', () => {
  expect(passedSockets({ LISTEN_PID: '7', LISTEN_FDS: '1' }, pid)).toMatchObject({ https: { fd: 3 } });
});

it('those of another process, or none, are not taken', () => {
  expect(passedSockets({ LISTEN_PID: '8', LISTEN_FDS: '1' }, pid)).toBeUndefined();
  expect(passedSockets({}, pid)).toBeUndefined();
});
